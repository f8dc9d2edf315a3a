import Crypto
import FoundationEssentials
import JOSE
import KeyManagement

/// AWS Signature Version 4 with HMAC-SHA256, in a header field: a pure function of request, credentials and time.
struct AWSSigner: Sendable, Hashable {
    let region: String
    let service: String

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// The request's fields with the time, the session token and the signature over all of them.
    func signed(
        _ request: SigningRequest, by credentials: AWSCredentials, at time: AWSTime
    ) -> [(name: String, value: String)] {
        var request = request
        request.fields.append(("X-Amz-Date", time.timestamp))
        if let token = credentials.sessionToken {
            request.fields.append(
                ("X-Amz-Security-Token", unsafe token.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }))
        }
        let signature = signature(of: stringToSign(request, at: time), by: credentials.secretAccessKey, at: time)
        let authorization =
            "\(Self.algorithm) Credential=\(credentials.accessKeyID)/\(scope(at: time)), "
            + "SignedHeaders=\(request.signedNames), Signature=\(signature)"
        return request.fields + [("Authorization", authorization)]
    }

    /// What the signature is made of.
    func stringToSign(_ request: SigningRequest, at time: AWSTime) -> String {
        let hash = Self.hex(SHA256.hash(data: Array(request.canonical.utf8)))
        return [Self.algorithm, time.timestamp, scope(at: time), hash].joined(separator: "\n")
    }

    private func signature(of text: String, by secret: SecretBytes, at time: AWSTime) -> String {
        Self.hex(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: signingKey(from: secret, at: time)))
    }

    /// A key for this service in this region on this day: the secret itself signs nothing.
    private func signingKey(from secret: SecretBytes, at time: AWSTime) -> SymmetricKey {
        var material: [UInt8] = []
        material.reserveCapacity(4 + secret.count)
        material += "AWS4".utf8
        // Copied into the room reserved above, which is wiped.
        unsafe secret.withUnsafeBytes { unsafe material.append(contentsOf: $0) }
        defer { wipe(&material) }
        return [time.date, region, service, "aws4_request"].reduce(SymmetricKey(data: material)) { key, part in
            SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
    }

    private func scope(at time: AWSTime) -> String { "\(time.date)/\(region)/\(service)/aws4_request" }

    static func hex(_ octets: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
