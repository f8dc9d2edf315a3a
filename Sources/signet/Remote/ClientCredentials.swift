import Glibc
import JOSE

/// A file of client credentials: what `signet apply --secrets-to` writes and `signet token` reads.
///
/// What a client may have is not in it: the server knows that, and it may change.
struct ClientCredentials: Hashable, Sendable {
    /// One client of one server.
    struct Entry: Hashable, Sendable {
        /// The server's control URL.
        var server: String
        var clientID: String
        var clientSecret: String
        /// How the client sends it.
        var auth: SecretMethod
    }

    var clients: [Entry]

    init(clients: [Entry]) {
        self.clients = clients
    }

    /// - Throws: ``CommandFailure`` 65.
    init(parsing text: [UInt8], name: String) throws {
        guard let object = try? JSONValue(parsing: text), let server = object["server"]?.stringValue,
            let entries = object["clients"]?.arrayValue
        else { throw CommandFailure.malformed("credentials-invalid", "\(name): expected server and clients") }
        clients = try entries.map { entry in
            guard let id = entry["client_id"]?.stringValue, let secret = entry["client_secret"]?.stringValue else {
                throw CommandFailure.malformed(
                    "credentials-invalid", "\(name): expected client_id and client_secret in each client")
            }
            guard let auth = SecretMethod(rawValue: entry["auth"]?.stringValue ?? SecretMethod.basic.rawValue) else {
                throw CommandFailure.malformed(
                    "credentials-invalid", "\(name): expected auth to be client_secret_basic or client_secret_post")
            }
            return Entry(
                server: entry["server"]?.stringValue ?? server, clientID: id, clientSecret: secret, auth: auth)
        }
    }

    /// One server for all of them, and another one where an entry has its own.
    var json: JSONValue {
        let common = clients.first?.server ?? ""
        let entries = clients.map { client -> JSONValue in
            var entry: JSONObject = [
                "client_id": .string(client.clientID), "client_secret": .string(client.clientSecret),
                "auth": .string(client.auth.rawValue),
            ]
            if client.server != common { entry["server"] = .string(client.server) }
            return .object(entry)
        }
        return ["server": .string(common), "clients": .array(entries)]
    }

    /// The same with `entries` in place of those for the same client of the same server, or at the end.
    func merged(with entries: [Entry]) -> ClientCredentials {
        var clients = clients
        for entry in entries {
            let place = clients.firstIndex { $0.server == entry.server && $0.clientID == entry.clientID }
            if let place { clients[place] = entry } else { clients.append(entry) }
        }
        return ClientCredentials(clients: clients)
    }

    /// The same with the ways in which clients of `server` send their secrets now.
    func updated(with methods: [String: SecretMethod], at server: String) -> ClientCredentials {
        ClientCredentials(
            clients: clients.map { client in
                guard client.server == server, let method = methods[client.clientID] else { return client }
                var client = client
                client.auth = method
                return client
            })
    }
}
