import ArgumentParser
import JOSE

/// The claims of a token that is about to be made.
struct ClaimsInput: ParsableArguments {
    @Option(
        help: ArgumentHelp("Set iat to now and exp to that much later, for example 5m.", valueName: "time"))
    var lifetime: TimeSpan?

    @Option(help: ArgumentHelp("Set nbf to that much from now, for example 1m.", valueName: "time"))
    var notBefore: TimeSpan?

    @Option(help: ArgumentHelp("Set iss.", valueName: "url"))
    var issuer: String?

    @Option(help: ArgumentHelp("Set sub.", valueName: "sub"))
    var subject: String?

    @Option(help: ArgumentHelp("Set aud. May be repeated.", valueName: "uri"))
    var audience: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Set jti.", valueName: "jti"))
    var jwtID: String?

    @Flag(name: .customLong("random-jwt-id"), help: "Set jti to 128 random bits.")
    var randomJWTID = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Set nonce.", valueName: "nonce"))
    var nonce: String?

    @Argument(help: ArgumentHelp("The claims, a JSON object; standard input without it.", valueName: "file"))
    var file: String?

    /// - Throws: ``CommandFailure`` 65 for what is no JSON object.
    func read(now: Int64) throws -> [UInt8] {
        let bytes = Input.trimmedText(try Input.read(file))
        guard bytes.first == UInt8(ascii: "{") else {
            throw CommandFailure.malformed("json-invalid", "the claims: expected a JSON object")
        }
        do {
            let claims = try JWTClaims(parsing: bytes)
            if lifetime == nil, claims.expiresAt == nil {
                StandardStreams.complain("signet: the token will never expire: --lifetime sets exp")
            }
            guard isGiven else { return bytes }
            return try build(ClaimsBuilder(claims.object, clock: .fixed(at: now))).serialized()
        } catch let error as JOSEError {
            throw CommandFailure.malformed(error.code.rawValue, "the claims: \(error.reason)")
        }
    }

    private var isGiven: Bool {
        lifetime != nil || notBefore != nil || issuer != nil || subject != nil || !audience.isEmpty || jwtID != nil
            || randomJWTID || nonce != nil
    }

    private func build(_ begun: ClaimsBuilder) throws -> JSONObject {
        var builder = begun
        if let issuer { builder = builder.issuer(issuer) }
        if let subject { builder = builder.subject(subject) }
        if let only = audience.first {
            let value: JSONValue = audience.count == 1 ? .string(only) : .array(audience.map { .string($0) })
            builder = builder.claim("aud", value)
        }
        if let jwtID { builder = builder.jwtID(jwtID) }
        if randomJWTID { builder = builder.randomJWTID() }
        if let nonce { builder = builder.nonce(nonce) }
        if let notBefore { builder = builder.notBefore(in: .seconds(notBefore.seconds)) }
        if let lifetime { builder = builder.issuedNow().expires(in: .seconds(lifetime.seconds)) }
        return try builder.build()
    }
}
