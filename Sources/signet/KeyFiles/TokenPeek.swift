import JOSE

/// What anyone can see of a compact token, without any key. Nothing of it is checked.
struct TokenPeek {
    enum Form: String {
        case jws = "JWS"
        case jwe = "JWE"
    }

    let form: Form
    /// The protected header.
    let header: JSONObject
    /// The parts as they stand.
    let parts: [Substring]

    /// - Throws: ``CommandFailure`` 65.
    init(_ token: String) throws {
        parts = token.split(separator: ".", omittingEmptySubsequences: false)
        switch parts.count {
        case 3: form = .jws
        case 5: form = .jwe
        default:
            throw CommandFailure.malformed(
                "token-malformed", "expected the three parts of a JWS or the five of a JWE, got \(parts.count)")
        }
        do {
            header = try JSONObject(parsing: try Base64URL.decode(String(parts[0])))
        } catch {
            throw CommandFailure.malformed(error.code.rawValue, "the header: \(error.reason)")
        }
    }

    var kid: String? { header["kid"]?.stringValue }

    var algorithmName: String? { header["alg"]?.stringValue }

    /// The octets of a JWS's payload.
    ///
    /// - Throws: ``CommandFailure`` 65.
    func payload() throws -> [UInt8] {
        do {
            return try Base64URL.decode(String(parts[1]))
        } catch {
            throw CommandFailure.malformed(error.code.rawValue, "the payload: \(error.reason)")
        }
    }

    /// The header's `alg` as one that signs.
    ///
    /// - Throws: ``CommandFailure`` `alg-not-allowed`.
    func signatureAlgorithm() throws -> SignatureAlgorithm {
        guard let name = header["alg"]?.stringValue, let algorithm = SignatureAlgorithm(name: name) else {
            throw notAllowed("signature")
        }
        return algorithm
    }

    /// The header's `alg` as one that manages keys.
    ///
    /// - Throws: ``CommandFailure`` `alg-not-allowed`.
    func keyManagementAlgorithm() throws -> KeyManagementAlgorithm {
        guard let name = header["alg"]?.stringValue, let algorithm = KeyManagementAlgorithm(rawValue: name) else {
            throw notAllowed("encryption")
        }
        return algorithm
    }

    private func notAllowed(_ job: String) -> CommandFailure {
        let name = algorithmName.map(KeyChoice.quoted) ?? "nothing"
        let why = algorithmName.flatMap(RefusedAlgorithm.reason).map { ", which is refused: \($0)" } ?? ""
        return .refused("alg-not-allowed", "expected an alg for \(job), the token says \(name)\(why)")
    }
}

extension TokenPeek {
    /// Reads a token from a file or standard input; white space around it is no part of it.
    static func read(_ path: String?) throws -> String {
        let bytes = Input.trimmedText(try Input.read(path, limit: Input.payloadLimit * 3 / 2))
        guard bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw CommandFailure.malformed("token-malformed", "expected a compact token in one line")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bounds of tokens on the command line, where they may carry files.
    static let limits = TokenLimits(tokenBytes: 100 << 20, headerBytes: 16 << 10)
}
