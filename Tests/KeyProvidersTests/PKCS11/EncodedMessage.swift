import Crypto

/// An encoded message of RSA-OAEP-256, put together by its parts, so that each may be wrong.
struct EncodedMessage {
    var first: UInt8 = 0
    var labelHash = Array(SHA256.hash(data: [UInt8]()))
    /// What stands between the label's hash and the content; nil: zeros as many as are needed, and the separator.
    var filling: [UInt8]?
    var seed = [UInt8](repeating: 7, count: 32)
    var content: [UInt8]
    var count = 384

    init(_ content: [UInt8]) { self.content = content }

    /// Every kind of fault, and its name.
    static let faulty: [(String, EncodedMessage)] = {
        let rest = 384 - 65 - 32
        let changes: [(String, (inout EncodedMessage) -> Void)] = [
            ("first octet of 1", { $0.first = 1 }), ("first octet of 0x80", { $0.first = 0x80 }),
            ("first octet of the label's hash", { $0.labelHash[0] ^= 1 }),
            ("last octet of the label's hash", { $0.labelHash[31] ^= 0x80 }),
            (
                "no separator",
                {
                    $0.filling = [UInt8](repeating: 0, count: rest); $0.content = [UInt8](repeating: 0, count: 32)
                }
            ),
            ("another separator", { $0.filling = [UInt8](repeating: 0, count: rest - 1) + [2] }),
            ("something before the separator", { $0.filling = [0x80] + [UInt8](repeating: 0, count: rest - 2) + [1] }),
            ("separator at once", { $0.filling = [1] + [UInt8](repeating: 0, count: rest - 1) }),
            ("no content", { $0.content = [] }),
            ("too short a content", { $0.content = [UInt8](repeating: 1, count: 15) }),
            ("too long a content", { $0.content = [UInt8](repeating: 1, count: 65) }),
            (
                "several faults",
                {
                    $0.first = 9; $0.labelHash[3] ^= 8; $0.filling = [UInt8](repeating: 3, count: rest)
                }
            ),
        ]
        return changes.map { name, change in
            var message = EncodedMessage([UInt8](repeating: 0xAB, count: 32))
            change(&message)
            return (name, message)
        }
    }()

    var octets: [UInt8] {
        let needed = count - 33 - 32 - content.count
        var block = labelHash + (filling ?? [UInt8](repeating: 0, count: needed - 1) + [1]) + content
        for (index, octet) in Self.mask(seed, block.count).enumerated() { block[index] ^= octet }
        var seed = seed
        for (index, octet) in Self.mask(block, 32).enumerated() { seed[index] ^= octet }
        return [first] + seed + block
    }

    private static func mask(_ seed: [UInt8], _ count: Int) -> [UInt8] {
        var mask: [UInt8] = []
        for counter in 0..<UInt8((count + 31) / 32) { mask += SHA256.hash(data: seed + [0, 0, 0, counter]) }
        return Array(mask.prefix(count))
    }
}
