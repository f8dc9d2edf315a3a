import Egress
import JOSE

/// Gets many tokens.
enum TokenPool {
    /// `count` tokens of one request, eight requests at a time.
    static func get(_ count: Int, _ request: TokenRequest) async throws -> [String] {
        try await get(count, request, EgressClient(policy: .operatorChosen))
    }

    private static func get(_ count: Int, _ request: TokenRequest, _ client: EgressClient) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            var tokens: [String] = []
            for started in 0..<count {
                if started >= 8, let token = try await group.next() { tokens.append(token) }
                group.addTask {
                    guard let token = try await request.send(with: client)["access_token"]?.stringValue else {
                        throw CommandFailure.unavailable("the server answered without a token")
                    }
                    return token
                }
            }
            for try await token in group { tokens.append(token) }
            return tokens
        }
    }
}
