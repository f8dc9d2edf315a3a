import CPKCS11

// MARK: Key pairs

extension CryptokiModule {
    /// Makes a key pair in a session that writes. Its private half is sensitive and not extractable, and does one thing.
    ///
    /// - Parameter curve: a curve's object identifier in DER; nil for RSA.
    func generatePair(
        _ session: UInt, curve: [UInt8]?, rsaBits: Int, signs: Bool, label: [UInt8], id: [UInt8]
    ) throws(CryptokiFailure) -> (publicKey: UInt, privateKey: UInt) {
        var (publicKey, privateKey): (UInt, UInt) = (0, 0)
        // Pointers into the arrays are read within the call; an array that is nil becomes NULL.
        let value = unsafe (curve ?? []).withUnsafeBufferPointer { curveOctets in
            unsafe label.withUnsafeBufferPointer { label in
                unsafe id.withUnsafeBufferPointer { id in
                    var pair = unsafe cpkcs11_new_pair()
                    unsafe pair.curve = curve == nil ? nil : curveOctets.baseAddress
                    unsafe pair.curve_count = curveOctets.count
                    unsafe pair.rsa_bits = UInt(clamping: rsaBits)
                    unsafe pair.signs = signs ? 1 : 0
                    unsafe pair.label = label.baseAddress
                    unsafe pair.label_count = label.count
                    unsafe pair.id = id.baseAddress
                    unsafe pair.id_count = id.count
                    return unsafe ReturnValue(
                        cpkcs11_generate_pair(functions, session, &pair, &publicKey, &privateKey))
                }
            }
        }
        try Self.check("C_GenerateKeyPair", value)
        return (publicKey, privateKey)
    }

    /// Destroys an object, in a session that writes.
    func destroy(_ session: UInt, _ object: UInt) throws(CryptokiFailure) {
        try Self.check("C_DestroyObject", unsafe ReturnValue(cpkcs11_destroy(functions, session, object)))
    }

    /// Signs; what is given depends on the mechanism.
    func sign(
        _ input: [UInt8], _ mechanism: cpkcs11_mechanism, in session: UInt, key: UInt
    ) throws(CryptokiFailure) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.mostKeyOctets)
        var count = 0
        let value = unsafe operate(input, &signature, mechanism, session, key) { use in
            let value = unsafe ReturnValue(cpkcs11_sign(functions, &use))
            count = unsafe use.output_count
            return value
        }
        try Self.check("C_Sign", value)
        return Array(signature.prefix(count))
    }

    /// Decrypts into `output` and answers how many octets it wrote there; the caller wipes it, also after a failure.
    func decrypt(
        _ ciphertext: [UInt8], _ mechanism: cpkcs11_mechanism, into output: inout [UInt8], in session: UInt, key: UInt
    ) throws(DecryptFailure) -> Int {
        var (count, isBegun) = (0, false)
        let value = unsafe operate(ciphertext, &output, mechanism, session, key) { use in
            let value = unsafe ReturnValue(cpkcs11_decrypt(functions, &use))
            unsafe (count, isBegun) = (use.output_count, use.is_begun == 1)
            return value
        }
        guard value == .ok else {
            throw DecryptFailure(
                failure: CryptokiFailure(function: isBegun ? "C_Decrypt" : "C_DecryptInit", value: value),
                isBegun: isBegun)
        }
        return count
    }

    /// Octets of the largest modulus, 8,192 bits.
    static let mostKeyOctets = 1024

    private func operate(
        _ input: [UInt8], _ output: inout [UInt8], _ mechanism: cpkcs11_mechanism, _ session: UInt, _ key: UInt,
        _ body: (inout cpkcs11_operation) -> ReturnValue
    ) -> ReturnValue {
        // The shim reads `input` and writes up to the count of `output`, within the call.
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                var use = unsafe cpkcs11_operation()
                unsafe use.session = session
                unsafe use.key = key
                unsafe use.mechanism = mechanism
                unsafe use.input = input.baseAddress
                unsafe use.input_count = input.count
                unsafe use.output = output.baseAddress
                unsafe use.output_count = output.count
                return unsafe body(&use)
            }
        }
    }
}
