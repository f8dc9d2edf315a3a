/// `docs/errors.md`, written from the registry so that the page can't differ from the code.
package enum ErrorsPage {
    /// The whole page as Markdown.
    package static func markdown() -> String {
        var page = introduction
        page += section("Gateway", surfaces: [.gateway, .both])
        page += section("Admin API and control listener", surfaces: [.control, .both])
        return page
    }

    private static let introduction = """
        # Error codes

        <!-- Generated from Sources/Problems. SIGNET_UPDATE_GOLDEN=1 with the ProblemsTests rewrites it. -->

        The gateway and the admin API answer an error with an RFC 9457 document, `application/problem+json`:

        ```json
        {"type":"urn:signet:problem:token-missing","title":"An access token is required","status":401,
         "code":"token-missing","request_id":"…"}
        ```

        Branch on `code`: codes and their statuses do not change. `detail` is for people. `errors`, where present, lists
        every fault with its place. `request_id` finds the entry in the operator's log, where the precise reason stands;
        an answer of 500 or above tells no more than that id. A 401 or 403 of the gateway carries `WWW-Authenticate`
        (RFC 6750). The endpoints under `/oauth/` answer in the form of RFC 6749 section 5.2 instead.

        An upstream that fails after the head of its answer was passed on has no code: the connection is reset, so that a
        cut answer never looks complete.

        """

    private static func section(_ title: String, surfaces: Set<ProblemCode.Surface>) -> String {
        let codes = ProblemCode.allCases
            .filter { surfaces.contains($0.surface) }
            .sorted { ($0.status, $0.rawValue) < ($1.status, $1.rawValue) }
        var text = "\n## \(title)\n\n| status | code | title | meaning |\n|---|---|---|---|\n"
        for code in codes {
            text += "| \(code.status) | `\(code.rawValue)` | \(code.title) | \(code.meaning) |\n"
        }
        return text
    }
}
