import Testing

@testable import JOSE

@Suite("Secret octets")
struct SecretBytesTests {
    @Test("print their length and nothing else")
    func printing() {
        let secret = SecretBytes([0xDE, 0xAD, 0xBE, 0xEF])
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])"] {
            #expect(text.contains("SecretBytes(4)"))
            #expect(!text.contains("222") && !text.lowercased().contains("de, ad"))
        }
    }

    @Test("are wiped by the call that the optimiser keeps")
    func wiping() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
        defer { memory.deallocate() }
        for index in memory.indices { memory[index] = 0xA5 }
        wipe(memory)
        #expect(memory.allSatisfy { $0 == 0 })
    }

    @Test("are equal when their octets are")
    func equality() {
        #expect(SecretBytes([1, 2, 3]) == SecretBytes([1, 2, 3]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2, 4]))
        #expect(SecretBytes([1, 2, 3]) != SecretBytes([1, 2]))
        #expect(SecretBytes([]) == SecretBytes([]))
    }

    @Test("are drawn in the length asked for, and differ")
    func random() {
        for count in [0, 1, 7, 8, 9, 32, 65] { #expect(SecretBytes.random(count: count).count == count) }
        #expect(SecretBytes.random(count: -1).count == 0)
        #expect(SecretBytes.random(count: 32) != SecretBytes.random(count: 32))
    }
}
