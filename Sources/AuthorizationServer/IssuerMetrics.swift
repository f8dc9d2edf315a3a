import Monitoring

/// The numbers of the authorization server. Labels come from closed lists only.
struct IssuerMetrics: Sendable {
    private let issued: Counter
    private let issueTime: Histogram
    private let refused: [OAuthEndpoint: [OAuthError.Code: Counter]]
    private let active: Counter
    private let inactive: Counter
    private let revoked: Counter
    private let purged: Counter

    init(_ registry: MetricsRegistry) {
        issued = registry.counter("signet_tokens_issued_total", help: "Access tokens handed out.")
        issueTime = registry.histogram(
            "signet_token_issue_seconds", help: "From a complete token request to its answer, when it got a token.")
        refused = Dictionary(
            uniqueKeysWithValues: OAuthEndpoint.allCases.map { endpoint in
                let counters = OAuthError.Code.allCases.map { code in
                    let labels = MetricLabels([("endpoint", endpoint.rawValue), ("error", code.rawValue)])
                    let help = "Requests that were answered with an OAuth error."
                    return (code, registry.counter("signet_oauth_errors_total", help: help, labels: labels))
                }
                return (endpoint, Dictionary(uniqueKeysWithValues: counters))
            })
        let help = "Answers of token introspection."
        active = registry.counter("signet_introspections_total", help: help, labels: ["active": "true"])
        inactive = registry.counter("signet_introspections_total", help: help, labels: ["active": "false"])
        revoked = registry.counter("signet_tokens_revoked_total", help: "Tokens revoked by their own client.")
        purged = registry.counter("signet_issued_tokens_purged_total", help: "Expired rows of issued tokens deleted.")
    }

    func issuedToken(in time: Duration) {
        issued.add()
        issueTime.observe(UInt64(clamping: Int64(time / .microseconds(1))))
    }

    func refused(_ error: OAuthError.Code, at endpoint: OAuthEndpoint) { refused[endpoint]?[error]?.add() }

    func introspected(active isActive: Bool) { (isActive ? active : inactive).add() }

    func revokedToken() { revoked.add() }

    func purgedRows(_ count: Int) { purged.add(UInt64(clamping: count)) }
}
