internal import CLibcrypto

/// SHAKE256 (FIPS 202 section 6.2), which swift-crypto lacks.
enum SHAKE256 {
    /// The first `count` octets for an input; nil if the library fails.
    static func hash(_ input: SecretBytes, count: Int) -> SecretBytes? {
        var done: Int32 = 0
        let storage = unsafe SecretStorage(count: count) { target in
            unsafe input.withUnsafeBytes { input in
                unsafe done = clibcrypto_shake256(input.octets, input.count, target.baseAddress, target.count)
            }
        }
        return done == 1 ? SecretBytes(storage: storage) : nil
    }
}
