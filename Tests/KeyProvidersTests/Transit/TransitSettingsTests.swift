import KeyManagement
import Testing

@testable import KeyProviders

@Suite("The settings of the transit provider")
struct TransitSettingsTests {
    private func read(_ values: [String: String]) -> (settings: TransitSettings?, read: ProviderSettings) {
        var settings = ProviderSettings(path: "root_key.transit", values: values)
        return (TransitSettings(&settings), settings)
    }

    @Test("An address and a token are enough")
    func smallest() throws {
        let settings = try #require(read(["address": "https://vault.example:8200/", "token": "s.x"]).settings)
        #expect(settings.place == "https://vault.example:8200/v1/transit/keys/signet")
        guard case .token(.given) = settings.credentials else {
            Issue.record("expected a token")
            return
        }
    }

    @Test("All names are known, whichever way is chosen", arguments: ["token", "approle", "kubernetes"])
    func known(auth: String) {
        #expect(
            read(["address": "https://v", "auth": auth]).read.known == [
                "address", "key", "key_prefix", "mount", "namespace", "authorities", "auth", "token", "token_file",
                "role_id",
                "secret_id", "secret_id_file", "auth_mount", "role", "jwt_file",
            ])
    }

    @Test("The place tells mount, key and namespace")
    func place() throws {
        let settings = try #require(
            read([
                "address": "https://v", "token": "s.x", "mount": "/a/b/", "key": "k.1", "namespace": "team/one/",
            ]).settings)
        #expect(settings.place == "https://v/v1/a/b/keys/k.1 (namespace team/one)")
    }

    @Test("Logins have their own mounts")
    func mounts() throws {
        let role = ["address": "https://v", "auth": "approle", "role_id": "r", "secret_id_file": "/f"]
        #expect(try #require(read(role).settings).credentials.path == "auth/approle/login")
        let pod = ["address": "https://v", "auth": "kubernetes", "role": "r", "auth_mount": "k8s/east"]
        let settings = try #require(read(pod).settings)
        #expect(settings.credentials.path == "auth/k8s/east/login")
        guard case .kubernetes(_, "r", "/var/run/secrets/kubernetes.io/serviceaccount/token") = settings.credentials
        else {
            Issue.record("expected the pod's own token")
            return
        }
    }

    @Test(
        "A fault names the setting, and never its value",
        arguments: [
            ([:], ["address", "token"]),
            (["address": "vault.example", "token": "s.x"], ["address"]),
            (["address": "https://u:p@v", "token": "s.x"], ["address"]),
            (["address": "https://v?a", "token": "s.x"], ["address"]),
            (["address": "https://v", "token": "s.x", "key": "../x"], ["key"]),
            (["address": "https://v", "token": "s.x", "key": "a/b"], ["key"]),
            (["address": "https://v", "token": "s.x", "mount": "a/../b"], ["mount"]),
            (["address": "https://v", "token": "s.x", "mount": "/"], ["mount"]),
            (["address": "https://v", "token": "s.x", "namespace": "a\nb"], ["namespace"]),
            (["address": "https://v", "token": "s.x", "authorities": "/nowhere"], ["authorities"]),
            (["address": "https://v", "token": "s.x", "auth": "ldap"], ["auth"]),
            (["address": "https://v", "token": "s.x", "token_file": "/f"], ["token"]),
            (["address": "https://v", "token": "secret\u{e9}"], ["token"]),
            (["address": "https://v", "token": "s.x", "auth_mount": "approle"], ["auth_mount"]),
            (["address": "https://v", "auth": "approle", "role_id": "r"], ["secret_id"]),
            (["address": "https://v", "auth": "approle", "secret_id": "s"], ["role_id"]),
            (["address": "https://v", "auth": "approle", "role_id": "r", "secret_id": "s", "token": "t"], ["token"]),
            (["address": "https://v", "auth": "kubernetes"], ["role"]),
            (["address": "https://v", "auth": "kubernetes", "role": "r", "role_id": "x"], ["role_id"]),
        ] as [([String: String], [String])])
    func faults(values: [String: String], names: [String]) {
        let (settings, read) = read(values)
        #expect(settings == nil)
        #expect(read.faults.map(\.name) == names)
        for fault in read.faults { #expect(!fault.what.contains("secret\u{e9}") && !fault.what.contains("u:p")) }
    }
}
