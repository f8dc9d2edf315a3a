import Testing

@testable import HTTPEngine

@Suite struct EventTokenTests {
    @Test("Comes back as it was packed, its serial cut to thirty bits")
    func roundTrip() {
        for kind in [EventToken.Kind.listener, .mailbox, .client, .upstream] {
            for (index, serial) in [(0, UInt32(0)), (8191, 77), (Int(UInt32.max), .max)] {
                let token = EventToken(kind, index: index, serial: serial)
                #expect(EventToken(packed: token.packed) == token)
                #expect(token.serial == serial & 0x3FFF_FFFF)
            }
        }
    }
}
