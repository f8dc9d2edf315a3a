import ArgumentParser
import JOSE

/// What the claims of a token must say.
struct ClaimsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What iss must be.", valueName: "url"))
    var issuer: String?

    @Option(help: ArgumentHelp("What aud must be or, as a list, contain.", valueName: "uri"))
    var audience: String?

    @Option(help: ArgumentHelp("By how much clocks may differ, at most 1h. (default: 30s)", valueName: "time"))
    var leeway: TimeSpan?

    @Option(help: ArgumentHelp("The longest time since iat, for example 5m.", valueName: "time"))
    var maxAge: TimeSpan?

    @Option(help: ArgumentHelp("A claim that must be there; exp always must. May be repeated.", valueName: "claim"))
    var require: [String] = []

    func validate() throws {
        if let leeway, leeway.seconds > 3600 { throw ValidationError("--leeway: expected at most 1h") }
    }

    /// - Parameter type: what the header's `typ` must be; nil: anything.
    func policy(type: String?) -> ClaimsPolicy {
        ClaimsPolicy(
            issuer: issuer, audience: audience.map { .includes($0) } ?? .anyone,
            requiredClaims: ["exp"] + require.flatMap { $0.split(separator: ",").map(String.init) },
            leeway: leeway?.seconds ?? 30, maxAge: maxAge?.seconds, type: type)
    }
}

extension TimeSpan: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}
