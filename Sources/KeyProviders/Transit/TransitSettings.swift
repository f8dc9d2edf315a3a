import Egress
import JOSE

/// The settings below `root_key.transit`.
struct TransitSettings: Sendable {
    /// Without a slash at its end.
    var address: String
    var namespace: String?
    var mount: String
    var key: String
    /// Whether that key is sure to be needed: it wraps the root key, or somebody has named it.
    var isKeyNeeded: Bool
    /// What the names of key pairs begin with; the kid follows.
    var keyPrefix: String
    var trust = EgressTrust.system
    var credentials: TransitCredentials

    /// What messages and root.key call the key.
    var place: String { place(of: key) }

    /// The same of any key.
    func place(of name: String) -> String {
        "\(address)/v1/\(mount)/keys/\(name)" + (namespace.map { " (namespace \($0))" } ?? "")
    }

    private static let mostAuthorityBytes = 1 << 18

    /// Nil when there are faults, which are noted in the settings.
    init?(_ settings: inout ProviderSettings) {
        let address = Self.address(&settings)
        isKeyNeeded = settings.uses.contains(.rootKey) || settings.text("key") != nil
        key = Self.name("key", &settings) ?? "signet"
        keyPrefix = Self.prefix(&settings) ?? "signet-"
        mount = Self.path("mount", &settings) ?? "transit"
        namespace = Self.path("namespace", &settings)
        if let path = settings.text("authorities") {
            do {
                trust = try EgressTrust(pem: try CredentialFile.required(path, atMost: Self.mostAuthorityBytes))
            } catch {
                settings.fault("authorities", "expected a file of certificates in PEM")
            }
        }
        let credentials = Self.credentials(&settings)
        guard settings.faults.isEmpty, let address, let credentials else { return nil }
        self.address = address
        self.credentials = credentials
    }

    private static func address(_ settings: inout ProviderSettings) -> String? {
        guard settings.required("address", "the server's URL, for example https://vault.example:8200") != nil else {
            return nil
        }
        guard let address = settings.url("address") else { return nil }
        guard (try? EgressURL(address)) != nil, !address.contains("?"), !address.contains("#") else {
            settings.fault("address", "expected https:// with a host, and neither a query nor a fragment")
            return nil
        }
        // A name in plain HTTP may lead to this machine: the policy judges it when it has an address.
        return address
    }

    /// One segment of a path: what transit allows as a key's name.
    private static func name(_ name: String, _ settings: inout ProviderSettings) -> String? {
        guard let text = settings.text(name) else { return nil }
        if isSegment(text[...]) { return text }
        settings.fault(name, "expected letters, digits, - . _")
        return nil
    }

    /// A prefix leaves room for the kid.
    private static func prefix(_ settings: inout ProviderSettings) -> String? {
        guard let text = name("key_prefix", &settings) else { return nil }
        if text.utf8.count <= 64 { return text }
        settings.fault("key_prefix", "expected at most 64 characters")
        return nil
    }

    /// Segments of a path; slashes around them are dropped.
    private static func path(_ name: String, _ settings: inout ProviderSettings) -> String? {
        guard let text = settings.text(name) else { return nil }
        let segments = text.split(separator: "/")
        if !segments.isEmpty, segments.allSatisfy(isSegment) { return segments.joined(separator: "/") }
        settings.fault(name, "expected a path of letters, digits, - . _ and /")
        return nil
    }

    static func isSegment(_ text: Substring) -> Bool {
        text != "." && text != ".." && text.utf8.count <= 256 && !text.isEmpty
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

// MARK: Credentials

extension TransitSettings {
    private static let ways = ["token", "approle", "kubernetes"]
    /// The settings that belong to one way only.
    private static let own = [
        "token": ["token", "token_file"],
        "approle": ["role_id", "secret_id", "secret_id_file"],
        "kubernetes": ["role", "jwt_file"],
    ]

    private static func credentials(_ settings: inout ProviderSettings) -> TransitCredentials? {
        let chosen = settings.choice("auth", of: ways)
        // Every name is asked for whichever way is chosen: a setting of another way is known, and out of place.
        let way = chosen ?? "token"
        for other in ways where other != way {
            for name in own[other] ?? [] where settings.text(name) != nil {
                settings.fault(name, "expected only with auth: \(other)")
            }
        }
        let mount = path("auth_mount", &settings)
        switch way {
        case "approle":
            let role = settings.required("role_id", "the role's id")
            let secret = source("secret_id", &settings)
            guard let role, let secret else { return nil }
            return .appRole(mount: mount ?? "approle", role: role, secret: secret)
        case "kubernetes":
            let file = settings.text("jwt_file") ?? "/var/run/secrets/kubernetes.io/serviceaccount/token"
            guard let role = settings.required("role", "the name of the role to log in with") else { return nil }
            return .kubernetes(mount: mount ?? "kubernetes", role: role, tokenFile: file)
        default:
            if mount != nil { settings.fault("auth_mount", "expected only with auth: approle or kubernetes") }
            return source("token", &settings).map { .token($0) }
        }
    }

    /// The secret `name`, or the file `name_file`.
    private static func source(_ name: String, _ settings: inout ProviderSettings) -> TransitCredentials.Source? {
        let file = settings.text("\(name)_file")
        guard settings.text(name) != nil else {
            if let file { return .file(file) }
            settings.fault(name, "expected a secret, or \(name)_file: a file that holds it")
            return nil
        }
        guard file == nil else {
            settings.fault(name, "expected either \(name) or \(name)_file")
            return nil
        }
        // Trimmed, since a file's content may come with more than one line break.
        guard let secret = settings.text(name).flatMap({ TransitSecret.trimmed(Array($0.utf8)) }) else {
            settings.fault(name, "expected visible ASCII")
            return nil
        }
        return .given(secret)
    }
}
