/// What a readiness report is about, packed into epoll's 64 bits.
///
/// `serial` differs between connections that use the same index one after the other: a report that was already fetched
/// when its connection ended must not reach the next one.
struct EventToken: Hashable {
    enum Kind: UInt64 { case listener, mailbox, client, upstream }

    let kind: Kind
    let index: Int
    let serial: UInt32

    init(_ kind: Kind, index: Int = 0, serial: UInt32 = 0) {
        self.kind = kind
        self.index = index
        self.serial = serial & 0x3FFF_FFFF
    }

    init?(packed: UInt64) {
        guard let kind = Kind(rawValue: packed >> 62) else { return nil }
        self.init(
            kind, index: Int(truncatingIfNeeded: packed & 0xFFFF_FFFF),
            serial: UInt32(truncatingIfNeeded: (packed >> 32) & 0x3FFF_FFFF))
    }

    var packed: UInt64 { kind.rawValue << 62 | UInt64(serial) << 32 | UInt64(index) }
}
