import ArgumentParser
import JOSE

/// What the claims of a token must say.
struct ClaimsOptions: ParsableArguments {
    enum AudienceRule: String, ExpressibleByArgument, CaseIterable {
        case any, all, only
    }

    @Option(help: ArgumentHelp("What iss must be. May be repeated: one of them.", valueName: "url"))
    var issuer: [String] = []

    @Option(help: ArgumentHelp("What aud must be or, as a list, contain. May be repeated.", valueName: "uri"))
    var audience: [String] = []

    @Option(help: "Whether aud must contain any or all of the audiences, or be the only one.")
    var audienceRule: AudienceRule = .any

    @Option(help: ArgumentHelp("What sub must be. May be repeated: one of them.", valueName: "sub"))
    var subject: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("What jti must be. May be repeated: one of them.", valueName: "jti"))
    var jwtID: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("What nonce must be. May be repeated: one of them.", valueName: "nonce"))
    var nonce: [String] = []

    @Option(help: ArgumentHelp("By how much clocks may differ, at most 1h. (default: 30s)", valueName: "time"))
    var leeway: TimeSpan?

    @Option(help: ArgumentHelp("The longest time since iat, for example 5m.", valueName: "time"))
    var maxAge: TimeSpan?

    @Option(help: ArgumentHelp("A claim that must be there; exp always must. May be repeated.", valueName: "claim"))
    var require: [String] = []

    @Flag(help: "Accept tokens whose exp has passed.")
    var ignoreExpiration = false

    @Flag(help: "Accept tokens whose nbf has not come.")
    var ignoreNotBefore = false

    @Option(help: ArgumentHelp("Check as if it were this time, in seconds since 1970.", valueName: "seconds"))
    var at: Int64?

    func validate() throws {
        if let leeway, leeway.seconds > 3600 { throw ValidationError("--leeway: expected at most 1h") }
        if audienceRule == .only, audience.count > 1 {
            throw ValidationError("--audience-rule only goes with one --audience")
        }
    }

    /// The time that dates are held against.
    var now: Int64 { at ?? Clock.now() }

    /// - Parameter type: what the header's `typ` must be; nil: anything.
    func policy(type: String?) -> ClaimsPolicy {
        var policy = ClaimsPolicy(
            audience: audiencePolicy,
            requiredClaims: ["exp"] + require.flatMap { $0.split(separator: ",").map(String.init) },
            leeway: .seconds(leeway?.seconds ?? 30), maxAge: maxAge.map { .seconds($0.seconds) }, type: type)
        policy.issuers = Self.asked(issuer)
        policy.subjects = Self.asked(subject)
        policy.jwtIDs = Self.asked(jwtID)
        policy.nonces = Self.asked(nonce)
        policy.dangerouslyIgnoresExpiration = ignoreExpiration
        policy.dangerouslyIgnoresNotBefore = ignoreNotBefore
        return policy
    }

    private var audiencePolicy: ClaimsPolicy.Audience {
        guard let first = audience.first else { return .anyone }
        switch audienceRule {
        case .any: return .any(of: audience)
        case .all: return .all(of: audience)
        case .only: return .only(first)
        }
    }

    private static func asked(_ values: [String]) -> [String]? { values.isEmpty ? nil : values }
}

extension TimeSpan: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
