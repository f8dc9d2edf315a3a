import HTTPTypes
import JOSE
import Resources

/// One operation of the admin API: what registers its route and what describes it, in one value, so that the description
/// can't differ from the program.
struct AdminEndpoint: Sendable {
    /// A parameter of the query.
    struct Query: Sendable {
        let name: String
        let type: String
        let description: String
    }

    /// A body or answer.
    struct Content: Sendable {
        /// The name under `components/schemas`.
        let schema: String
        var status = 200
        var description: String
        /// A media type besides JSON that the caller can choose.
        var otherType: String?
    }

    /// The `operationId`.
    let id: String
    let method: HTTPRequest.Method
    /// The path under `/admin/v1`, parameters in braces.
    let path: String
    let summary: String
    var query: [Query] = []
    /// What the body must be; nil: no body.
    var body: String?
    /// Whether the body may be left out.
    var isBodyOptional = false
    /// The answers of success; an empty schema name means no body.
    let answers: [Content]
    /// Whether `If-Match` and `If-None-Match` are looked at.
    var isConditional = false
    /// Whether everybody may call it.
    var isPublic = false
    let handle: @Sendable (AdminRequest) async throws -> AdminAnswer

    /// The names of the path's parameters.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// Which query parameters of lists there are.
    static let paging = [
        Query(name: "limit", type: "integer", description: "The most items of one page, 1 to 1000; 100 when absent."),
        Query(name: "cursor", type: "string", description: "`next` of the page before."),
    ]
}

/// What an operation's handler is given: parsed and bounded, without HTTP.
struct AdminRequest: Sendable {
    /// Who calls, for the audit log.
    let actor: String
    /// The path's parameters by name.
    var path: [String: String] = [:]
    /// The query's parameters by name.
    var query: [String: String] = [:]
    /// The body; nil when there is none.
    var body: JSONValue?
    /// What the caller has seen, from `If-Match` and `If-None-Match`.
    var expectation = RevisionExpectation.none
}

/// What an operation's handler gives back.
struct AdminAnswer: Sendable {
    enum Body: Sendable {
        case none
        case json(JSONValue)
        case text([UInt8], type: String)
    }

    var status = 200
    var body: Body
    /// The revision for `ETag`.
    var revision: Int?

    static func json(_ value: JSONValue, status: Int = 200, revision: Int? = nil) -> AdminAnswer {
        AdminAnswer(status: status, body: .json(value), revision: revision)
    }

    static let noContent = AdminAnswer(status: 204, body: .none)
}
