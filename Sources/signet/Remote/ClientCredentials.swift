import Glibc
import JOSE

/// A file of client credentials: what `signet apply --secrets-to` writes and `signet token` reads.
struct ClientCredentials: Hashable, Sendable {
    /// One client.
    struct Entry: Hashable, Sendable {
        var clientID: String
        var clientSecret: String
        /// The audience to ask a token for; nil: the server chooses when there is only one.
        var resource: String?
        /// Scopes, separated by spaces; nil: all that the client may have.
        var scope: String?
    }

    /// The server's control URL.
    var server: String
    var clients: [Entry]

    init(server: String, clients: [Entry]) {
        self.server = server
        self.clients = clients
    }

    /// - Throws: ``CommandFailure`` 65.
    init(parsing text: [UInt8], name: String) throws {
        guard let object = try? JSONValue(parsing: text), let server = object["server"]?.stringValue,
            let entries = object["clients"]?.arrayValue
        else { throw CommandFailure.malformed("credentials-invalid", "\(name): expected server and clients") }
        self.server = server
        clients = try entries.map { entry in
            guard let id = entry["client_id"]?.stringValue, let secret = entry["client_secret"]?.stringValue else {
                throw CommandFailure.malformed(
                    "credentials-invalid", "\(name): expected client_id and client_secret in each client")
            }
            return Entry(
                clientID: id, clientSecret: secret, resource: entry["resource"]?.stringValue,
                scope: entry["scope"]?.stringValue)
        }
    }

    var json: JSONValue {
        let entries = clients.map { client -> JSONValue in
            var entry: JSONObject = [
                "client_id": .string(client.clientID), "client_secret": .string(client.clientSecret),
            ]
            if let resource = client.resource { entry["resource"] = .string(resource) }
            if let scope = client.scope { entry["scope"] = .string(scope) }
            return .object(entry)
        }
        return ["server": .string(server), "clients": .array(entries)]
    }

    /// Puts the clients into the file in place of those of the same name; others stay.
    ///
    /// - Throws: ``CommandFailure`` 64 when the file can't be written.
    static func merge(_ entries: [Entry], server: String, into path: String) throws {
        var credentials = ClientCredentials(server: server, clients: [])
        if unsafe access(path, F_OK) == 0 {
            // Credentials of another server are of no use to this one.
            let old = try? ClientCredentials(parsing: Input.file(path), name: path)
            if let old, old.server == server { credentials = old }
        }
        let names = Set(entries.map(\.clientID))
        credentials.clients = entries + credentials.clients.filter { !names.contains($0.clientID) }
        try PrivateFile.write(Array((credentials.json.serializedString(pretty: true) + "\n").utf8), to: path)
    }
}
