package import JOSE
import KeyManagement

/// What a provider is wanted for.
package struct ProviderUses: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Wraps the root key.
    package static let rootKey = ProviderUses(rawValue: 1)
    /// Keeps or seals keys of tokens: profiles `kms` and `kms-sealed`. The latter needs a key that wraps, the former none.
    package static let tokenKeys = ProviderUses(rawValue: 2)
}

/// The settings of one provider: what stands below `root_key.NAME` or `keys.NAME`, as text, and what is wrong with it.
package struct ProviderSettings: Sendable {
    /// The path that the names are below, for messages: `root_key.transit`.
    package let path: String
    package let uses: ProviderUses
    private let values: [String: String]
    /// The names that were asked for: any other does not exist.
    package private(set) var known: Set<String> = []
    /// What is wrong, by the name of the setting.
    package private(set) var faults: [(name: String, what: String)] = []

    package init(path: String, values: [String: String], uses: ProviderUses = .rootKey) {
        self.path = path
        self.uses = uses
        self.values = values
    }

    /// A setting's text; nil when it is not there.
    package mutating func text(_ name: String) -> String? {
        known.insert(name)
        return values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A setting that must be there; a fault and nil otherwise.
    package mutating func required(_ name: String, _ what: String) -> String? {
        if let text = text(name) { return text }
        fault(name, "expected \(what)")
        return nil
    }

    /// One of several words; a fault for any other.
    package mutating func choice(_ name: String, of words: [String]) -> String? {
        guard let text = text(name) else { return nil }
        if words.contains(text) { return text }
        fault(name, "expected \(words.joined(separator: ", "))")
        return nil
    }

    /// An http or https URL without a slash at its end.
    package mutating func url(_ name: String) -> String? {
        guard var text = text(name) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        if text.hasPrefix("https://") || text.hasPrefix("http://") { return text }
        fault(name, "expected an https:// URL")
        return nil
    }

    /// A secret.
    package mutating func secret(_ name: String) -> SecretBytes? { text(name).map { SecretBytes(Array($0.utf8)) } }

    /// Notes what is wrong. The value is not repeated: it may be a secret in the wrong place.
    package mutating func fault(_ name: String, _ what: String) { faults.append((name, what)) }
}
