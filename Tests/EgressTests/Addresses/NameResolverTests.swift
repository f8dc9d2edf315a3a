import NIOCore
import NIOPosix
import Testing

@testable import Egress

@Suite("Looking up names", .timeLimit(.minutes(1)))
struct NameResolverTests {
    @Test("Many who ask for one name at once share a look-up, and none is turned away")
    func shared() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let promises = (0..<500).map { _ in loop.makePromise(of: [IPAddress].self) }
        for promise in promises { NameResolver.resolve("localhost", into: promise) }
        for promise in promises {
            let addresses = try await promise.futureResult.get()
            #expect(!addresses.isEmpty && addresses.allSatisfy { PublicAddresses.isLoopback($0) })
        }
    }
}
