import Testing

@testable import HTTPEngine

@Suite struct AddressWalkTests {
    @Test("Takes each address once, from any beginning, around", arguments: 0..<7)
    func round(_ start: Int) {
        let ports: [UInt16] = [1, 2, 3]
        let addresses = ports.flatMap {
            SocketAddress.resolve(UpstreamAddress(host: "127.0.0.1", port: $0), numericOnly: true)
        }
        var walk = AddressWalk(addresses, from: start)
        var taken: [UInt16] = []
        while let address = walk.next() {
            taken.append(address.peer.port)
            #expect(walk.remaining == 3 - taken.count)
            #expect(walk.position == (start + taken.count) % 3)
        }
        #expect(taken == (0..<3).map { ports[(start + $0) % 3] })
    }

    @Test("Has nothing of no addresses")
    func empty() {
        var walk = AddressWalk([], from: 5)
        let first = walk.next()
        #expect(first == nil)
    }
}
