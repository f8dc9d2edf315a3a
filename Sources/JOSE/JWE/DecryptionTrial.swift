/// The recipients of a message with the keys that were found for them: what is left is to decrypt.
struct DecryptionTrial {
    private let message: JWEMessage
    private let policy: DecryptionPolicy
    private var next = 0
    private var candidates: [(recipient: JWEMessage.Recipient, key: DecryptionKey)] = []
    private var refusals: [JOSEError] = []
    /// How often passwords would be hashed for the candidates together.
    private var iterations: Int64 = 0

    init(_ message: JWEMessage, _ policy: DecryptionPolicy) {
        self.message = message
        self.policy = policy
    }

    /// The header of the next recipient if a key is to be found for it: what policy refuses is not looked for.
    mutating func nextHeader() -> JOSEHeader? {
        while next < message.recipients.count {
            let recipient = message.recipients[next]
            do {
                _ = try policy.check(recipient)
                return recipient.header
            } catch {
                refusals.append(error)
                next += 1
            }
        }
        return nil
    }

    /// Takes the key for the recipient whose header was asked for; nil if there is none.
    mutating func note(_ key: DecryptionKey?) {
        defer { next += 1 }
        guard let key else { return refusals.append(.keyNotFound) }
        let recipient = message.recipients[next]
        if let expected = key.kid, let kid = recipient.header.keyID, !isSameText(expected, kid) {
            refusals.append(JOSEError(.keyMismatch, "the token names another key"))
        } else if recipient.header.algorithm.flatMap(KeyManagementAlgorithm.init(rawValue:)) != key.algorithm {
            refusals.append(JOSEError(.algorithmNotAllowed, "expected alg \(key.algorithm.rawValue)"))
        } else if isTooMuch(recipient, key) {
            refusals.append(JOSEError(.headerInvalid, "the recipients' p2c are together too much"))
        } else {
            candidates.append((recipient, key))
        }
    }

    /// Counts what hashing the password for a recipient would cost; true when all of them together would cost too much.
    private mutating func isTooMuch(_ recipient: JWEMessage.Recipient, _ key: DecryptionKey) -> Bool {
        guard key.algorithm.isPasswordBased, let count = recipient.header["p2c"]?.integerValue else { return false }
        let (sum, overflow) = iterations.addingReportingOverflow(max(0, count))
        // Twice what one may cost: a token may be for two passwords, and for more only if they are cheap.
        guard !overflow, sum <= 2 * Int64(policy.limits.pbes2Count) else { return true }
        iterations = sum
        return false
    }

    /// Decrypts as the first recipient whose key opens it: those that name no key can only be tried
    /// (RFC 7516 section 5.2), and their number is bounded.
    func open() throws(JOSEError) -> DecryptedJWE {
        var refusals = refusals
        for (recipient, key) in candidates {
            do {
                return try open(recipient, key)
            } catch {
                // Something came out, and was not acceptable: no other recipient has another plaintext.
                guard error.code != .plaintextTooLarge else { throw error }
                refusals.insert(error, at: 0)
            }
        }
        throw refusals.first { $0.code == .decryptionFailed } ?? refusals.first ?? .keyNotFound
    }

    private func open(_ recipient: JWEMessage.Recipient, _ key: DecryptionKey) throws(JOSEError) -> DecryptedJWE {
        let (algorithm, content) = try policy.check(recipient)
        if let content, !key.contentEncryption.contains(content) {
            throw JOSEError(.contentEncryptionNotAllowed, "the key does not go with this enc")
        }
        var plaintext = try message.decrypt(recipient, key, content, policy.limits)
        let isCompressed = recipient.header.protected["zip"] != nil
        if isCompressed { plaintext = try inflate(plaintext) }
        return DecryptedJWE(
            plaintext: plaintext, header: recipient.header, additionalData: message.additionalData, keyID: key.kid,
            algorithm: algorithm, contentEncryption: content, isCompressed: isCompressed
        )
    }

    private func inflate(_ compressed: [UInt8]) throws(JOSEError) -> [UInt8] {
        do {
            return try Inflater.inflate(compressed, limit: policy.limits.inflatedBytes)
        } catch {
            switch error {
            case .tooLarge:
                throw JOSEError(
                    .plaintextTooLarge, "expected at most \(policy.limits.inflatedBytes) octets after inflating")
            case .malformed: throw .decryptionFailed
            }
        }
    }
}
