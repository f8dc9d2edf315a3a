import JOSE
import Resources

/// Finds out what a new client's tokens are for, so that `signet token` can be called without options.
enum ClientTargets {
    /// The entries with the audience and the scopes of each client's first API.
    static func complete(
        _ entries: [ClientCredentials.Entry], documents: [ResourceDocument], client: AdminClient
    ) async -> [ClientCredentials.Entry] {
        var completed: [ClientCredentials.Entry] = []
        for entry in entries {
            var entry = entry
            if let access = firstAccess(of: entry.clientID, in: documents) {
                entry.scope = access.scopes.isEmpty ? nil : access.scopes.joined(separator: " ")
                entry.resource = audience(of: access.api, in: documents)
                if entry.resource == nil { entry.resource = await audience(of: access.api, at: client) }
            }
            completed.append(entry)
        }
        return completed
    }

    private static func firstAccess(of clientID: String, in documents: [ResourceDocument]) -> ClientSpec.Access? {
        for document in documents where document.name == clientID {
            if case .client(let spec) = document.content { return spec.apis.first }
        }
        return nil
    }

    private static func audience(of api: String, in documents: [ResourceDocument]) -> String? {
        for document in documents where document.name == api {
            if case .api(let spec) = document.content { return "\(spec.audience)" }
        }
        return nil
    }

    /// An API that was applied earlier. Without an answer the entry stays without audience, which is no failure.
    private static func audience(of api: String, at client: AdminClient) async -> String? {
        let answer = try? await client.call("GET", "/apis/\(api)")
        return answer?["spec"]?["audience"]?.stringValue
    }
}
