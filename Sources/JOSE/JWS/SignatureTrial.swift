/// The signatures of a message with the keys that were found for them: what is left is to check and to judge.
struct SignatureTrial {
    private let message: JWSMessage
    private let policy: SignaturePolicy
    private var outcomes: [Outcome] = []

    private enum Outcome {
        case candidate(VerificationKey)
        case refused(JOSEError)
    }

    init(_ message: JWSMessage, _ policy: SignaturePolicy) throws(JOSEError) {
        guard message.isEncoded || policy.acceptsUnencodedPayload else {
            throw JOSEError(.headerInvalid, "b64 is refused")
        }
        self.message = message
        self.policy = policy
    }

    /// The header of the next signature if a key is to be found for it: what policy refuses is not looked for.
    mutating func nextHeader() -> JOSEHeader? {
        while outcomes.count < message.signatures.count {
            let header = message.signatures[outcomes.count].header
            do {
                _ = try policy.check(header)
                return header
            } catch {
                outcomes.append(.refused(error))
            }
        }
        return nil
    }

    /// Takes the key for the signature whose header was asked for; nil if there is none.
    mutating func note(_ key: VerificationKey?) {
        outcomes.append(key.map { .candidate($0) } ?? .refused(.keyNotFound))
    }

    /// Checks the signatures.
    func judge(_ requirement: SignatureRequirement) throws(JOSEError) -> VerifiedJWS {
        var verified: [VerifiedSignature] = []
        var refusals: [JOSEError] = []
        for (index, signature) in message.signatures.enumerated() {
            do {
                verified.append(try check(signature, index))
            } catch {
                guard requirement == .anyOne else { throw error }
                refusals.append(error)
            }
        }
        guard let first = verified.first else {
            // Of several refusals the one that came furthest says most.
            throw refusals.first { $0.code == .signatureInvalid } ?? refusals.first ?? .signatureInvalid
        }
        return VerifiedJWS(payload: try message.payload(), first, others: Array(verified.dropFirst()))
    }

    private func check(_ signature: JWSMessage.Signature, _ index: Int) throws(JOSEError) -> VerifiedSignature {
        guard index < outcomes.count else { throw .keyNotFound }
        let key: VerificationKey
        switch outcomes[index] {
        case .candidate(let found): key = found
        case .refused(let error): throw error
        }
        let name = try policy.check(signature.header)
        guard key.algorithm.isNamed(name), policy.algorithms.contains(key.algorithm) else {
            throw JOSEError(.algorithmNotAllowed, "expected alg \(key.algorithm.rawValue)")
        }
        if let expected = key.kid, let kid = signature.header.keyID, !isSameText(expected, kid) {
            throw JOSEError(.keyMismatch, "the token names another key")
        }
        guard message.isValid(signature, key) else { throw .signatureInvalid }
        return VerifiedSignature(index: index, header: signature.header, keyID: key.kid, algorithm: key.algorithm)
    }
}
