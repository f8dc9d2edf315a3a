internal import FoundationEssentials
internal import SwiftASN1
@_spi(FixedExpiryValidationTime) internal import X509

extension CertificateTrust {
    /// Judges a chain: a leaf, followed by the certificates that lead towards a root.
    /// - Parameters:
    ///   - chain: certificates in DER, from the leaf on, as in `x5c`.
    ///   - now: seconds since 1970, at which the certificates have to be valid.
    public func evaluate(_ chain: [[UInt8]], now: Int64) async -> CertificateVerdict {
        // Within the years that a certificate can name.
        let time = Date(timeIntervalSince1970: Double(Swift.min(Swift.max(now, 0), 253_402_300_799)))
        var verdict = CertificateVerdict()
        do throws(Failure) {
            let size = try checkSize(chain)
            verdict.pass(.size, size)
            let certificates = try parse(chain)
            verdict.pass(.form, "X.509 certificates in strict DER")
            try checkOrder(certificates)
            verdict.pass(.order, "each certificate is followed by its issuer")
            let leafKey = try checkStrength(certificates)
            verdict.pass(.strength, "no broken hash, no weak key")
            try checkValidity(certificates, time)
            verdict.pass(.validity, "every certificate is within its time")
            try checkUsage(certificates)
            verdict.pass(.usage, "the leaf may sign data, the others certificates")
            try checkName(certificates[0])
            verdict.pass(
                .name, subjects == .anyoneUnderTheseRoots ? "any name will do" : "the leaf's name is asked for")
            let length = try await checkPath(certificates, time)
            verdict.pass(.path, "\(length) certificates to a trusted root")
            verdict.key = JWK(material: leafKey, kid: nil, algorithm: nil, use: nil)
        } catch {
            verdict.steps.append(.init(check: error.check, passed: false, reason: error.reason))
        }
        return verdict
    }

    /// A check that failed.
    fileprivate struct Failure: Error {
        var check: CertificateVerdict.Check
        var reason: String

        init(_ check: CertificateVerdict.Check, _ reason: String) {
            self.check = check
            self.reason = reason
        }
    }

    private func checkSize(_ chain: [[UInt8]]) throws(Failure) -> String {
        guard (1...maximumChainLength).contains(chain.count) else {
            throw Failure(.size, "expected 1 to \(maximumChainLength) certificates, got \(chain.count)")
        }
        guard chain.allSatisfy({ $0.count <= maximumCertificateBytes }) else {
            throw Failure(.size, "expected certificates of at most \(maximumCertificateBytes) octets")
        }
        return "\(chain.count) certificates of at most \(maximumCertificateBytes) octets"
    }

    private func parse(_ chain: [[UInt8]]) throws(Failure) -> [Certificate] {
        var certificates: [Certificate] = []
        for (index, der) in chain.enumerated() {
            do throws(JOSEError) {
                certificates.append(try Self.certificate(der))
            } catch {
                throw Failure(.form, "certificate \(index + 1): \(error.reason)")
            }
        }
        return certificates
    }

    /// RFC 7515 section 4.1.6. It also leaves the verifier one way to go: of certificates that could all have issued
    /// each other it would try every order.
    private func checkOrder(_ certificates: [Certificate]) throws(Failure) {
        for (index, pair) in zip(certificates, certificates.dropFirst()).enumerated()
        where pair.0.issuer != pair.1.subject {
            throw Failure(.order, "certificate \(index + 2) is not the issuer of certificate \(index + 1)")
        }
        guard Set(certificates.map(\.subject)).count == certificates.count else {
            throw Failure(.order, "two certificates have the same subject")
        }
    }

    private func checkStrength(_ certificates: [Certificate]) throws(Failure) -> KeyMaterial {
        var leaf: KeyMaterial?
        for (index, certificate) in certificates.enumerated() {
            // Nobody relies on the signature of a root.
            guard roots.contains(certificate) || Self.signatures.contains(certificate.signatureAlgorithm) else {
                throw Failure(.strength, "certificate \(index + 1) is signed by an algorithm that is not accepted")
            }
            do throws(JOSEError) {
                let material = try Self.material(of: certificate)
                leaf = leaf ?? material
            } catch {
                throw Failure(.strength, "certificate \(index + 1): \(error.reason)")
            }
        }
        guard let leaf else { throw Failure(.strength, "expected a certificate") }
        return leaf
    }

    /// All that the verifier knows but SHA-1.
    private static let signatures: Set<Certificate.SignatureAlgorithm> = [
        .ecdsaWithSHA256, .ecdsaWithSHA384, .ecdsaWithSHA512, .sha256WithRSAEncryption, .sha384WithRSAEncryption,
        .sha512WithRSAEncryption, .ed25519,
    ]

    private func checkValidity(_ certificates: [Certificate], _ time: Date) throws(Failure) {
        for (index, certificate) in certificates.enumerated() {
            guard time >= certificate.notValidBefore else {
                throw Failure(.validity, "certificate \(index + 1) is not valid yet")
            }
            guard time <= certificate.notValidAfter else {
                throw Failure(.validity, "certificate \(index + 1) has expired")
            }
        }
    }

    /// RFC 5280 section 4.2.1.3, which the verifier leaves to its callers.
    private func checkUsage(_ certificates: [Certificate]) throws(Failure) {
        for (index, certificate) in certificates.enumerated() {
            let usage: X509.KeyUsage?
            do {
                usage = try certificate.extensions.keyUsage
            } catch {
                throw Failure(.usage, "certificate \(index + 1) has a keyUsage that can't be read")
            }
            guard let usage else { continue }
            guard index == 0 ? usage.digitalSignature : usage.keyCertSign else {
                let expected = index == 0 ? "digitalSignature" : "keyCertSign"
                throw Failure(.usage, "expected keyUsage \(expected) in certificate \(index + 1)")
            }
        }
    }

    private func checkName(_ leaf: Certificate) throws(Failure) {
        guard case .named(let accepted) = subjects else { return }
        let names: SubjectAlternativeNames?
        do {
            names = try leaf.extensions.subjectAlternativeNames
        } catch {
            throw Failure(.name, "the leaf's subject alternative names can't be read")
        }
        let isNamed = (names ?? SubjectAlternativeNames()).contains { name in
            switch name {
            case .dnsName(let host): accepted.contains { isSameText($0.lowercased(), host.lowercased()) }
            case .uniformResourceIdentifier(let text), .rfc822Name(let text): accepted.contains { isSameText($0, text) }
            default: false
            }
        }
        guard isNamed else { throw Failure(.name, "the leaf bears none of the names that are asked for") }
    }

    private func checkPath(_ certificates: [Certificate], _ time: Date) async throws(Failure) -> Int {
        var verifier = X509.Verifier(rootCertificates: CertificateStore(roots)) {
            RFC5280Policy(fixedExpiryValidationTime: time)
            NamedLeafPolicy()
        }
        let result = await verifier.validate(
            leaf: certificates[0], intermediates: CertificateStore(certificates.dropFirst()))
        switch result {
        case .validCertificate(let chain):
            return chain.count
        case .couldNotValidate(let failures) where failures.isEmpty:
            throw Failure(
                .path, "no signatures lead to a trusted root, or a critical extension on the way is not understood")
        case .couldNotValidate:
            throw Failure(
                .path, "the path breaks a constraint of RFC 5280: of authority, length, names or a root's time")
        }
    }
}

/// Tells the verifier that a critical subjectAltName is understood: `checkName` has read it.
private struct NamedLeafPolicy: VerifierPolicy {
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.subjectAlternativeName]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult { .meetsPolicy }
}

extension CertificateVerdict {
    fileprivate mutating func pass(_ check: Check, _ reason: String) {
        steps.append(Step(check: check, passed: true, reason: reason))
    }
}
