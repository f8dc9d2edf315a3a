import CPKCS11

// MARK: CKM_AES_GCM

extension CryptokiModule {
    static let aesGCM: UInt = 0x1087
    /// Octets of a tag.
    static let tagCount = 16
    /// Octets of a nonce.
    static let nonceCount = 12

    /// Encrypts; answers the nonce that was used, which some modules draw by themselves, and ciphertext with tag.
    func encrypt(
        _ plaintext: UnsafeRawBufferPointer, nonce: [UInt8], associated: [UInt8], in session: UInt, key: UInt
    ) throws(CryptokiFailure) -> (nonce: [UInt8], ciphertext: [UInt8]) {
        var used = nonce
        var output = [UInt8](repeating: 0, count: plaintext.count + Self.slack)
        var count = 0
        let value = unsafe associated.withUnsafeBufferPointer { associated in
            unsafe output.withUnsafeMutableBufferPointer { output in
                var use = unsafe cpkcs11_gcm()
                unsafe use.session = session
                unsafe use.key = key
                unsafe use.associated = associated.baseAddress
                unsafe use.associated_count = associated.count
                unsafe use.input = plaintext.assumingMemoryBound(to: UInt8.self).baseAddress
                unsafe use.input_count = plaintext.count
                unsafe use.output = output.baseAddress
                unsafe use.output_count = output.count
                // The nonce has the twelve octets that the shim reads and writes.
                let value = unsafe ReturnValue(cpkcs11_gcm_encrypt(functions, &use, &used))
                count = unsafe use.output_count
                return value
            }
        }
        try Self.check("C_Encrypt", value)
        return (used, Array(output.prefix(count)))
    }

    /// Why a ciphertext was not opened.
    struct DecryptFailure: Error {
        let failure: CryptokiFailure
        /// Whether the module had taken key and mechanism before it failed.
        let isBegun: Bool
    }

    /// Decrypts into `output` and answers how many octets it wrote there; the caller wipes it, also after a failure.
    func decrypt(
        _ ciphertext: [UInt8], nonce: [UInt8], associated: [UInt8], into output: inout [UInt8], in session: UInt,
        key: UInt
    ) throws(DecryptFailure) -> Int {
        var count = 0
        var isBegun: Int32 = 0
        let value = unsafe associated.withUnsafeBufferPointer { associated in
            unsafe ciphertext.withUnsafeBufferPointer { ciphertext in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    var use = unsafe cpkcs11_gcm()
                    unsafe use.session = session
                    unsafe use.key = key
                    unsafe use.associated = associated.baseAddress
                    unsafe use.associated_count = associated.count
                    unsafe use.input = ciphertext.baseAddress
                    unsafe use.input_count = ciphertext.count
                    unsafe use.output = output.baseAddress
                    unsafe use.output_count = output.count
                    // The nonce has the twelve octets that the shim reads.
                    let value = unsafe ReturnValue(cpkcs11_gcm_decrypt(functions, &use, nonce, &isBegun))
                    count = unsafe use.output_count
                    return value
                }
            }
        }
        guard value == .ok else {
            throw DecryptFailure(failure: CryptokiFailure(function: "C_Decrypt", value: value), isBegun: isBegun == 1)
        }
        return count
    }

    /// Room beyond the input's size: a tag, and what modules ask for before they know.
    static let slack = 64
}
