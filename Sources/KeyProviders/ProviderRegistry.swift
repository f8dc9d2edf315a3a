package import KeyManagement

/// A kind of provider, by which one is made from settings.
package protocol ProviderKind: Sendable {
    /// What `root_key.provider` says; the settings are below `root_key.NAME`.
    static var name: String { get }

    /// Makes one without talking to it; nil when the settings have faults, which are noted in them.
    static func make(_ settings: inout ProviderSettings) -> (any KeyProvider)?
}

/// The providers that there are. A new one is a folder beside this file and a line here.
package enum ProviderRegistry {
    package static let kinds: [any ProviderKind.Type] = [
        PKCS11Provider.self,
        TransitKind.self,
        AWSKMSKind.self,
    ]

    /// The names that `root_key.provider` may have besides `file`.
    package static var names: [String] { kinds.map { $0.name } }

    /// Makes the provider of this name; nil when there is none, or the settings have faults.
    package static func make(_ name: String, _ settings: inout ProviderSettings) -> (any KeyProvider)? {
        kinds.first { $0.name == name }?.make(&settings)
    }
}
