import Problems

/// What a caller expects a resource to be before it changes it (RFC 9110 sections 13.1.1 and 13.1.2).
enum RevisionExpectation: Sendable, Equatable {
    /// Nothing was said.
    case none
    /// `If-Match: *`: it exists.
    case exists
    /// `If-None-Match: *`: it does not exist.
    case absent
    /// `If-Match: "3"`: it has this revision.
    case revision(Int)

    /// - Throws: `request-malformed` for both fields, lists, weak tags, and tags that no answer had.
    init(ifMatch: [String], ifNoneMatch: [String]) throws(Problem) {
        switch (ifMatch.count, ifNoneMatch.count) {
        case (0, 0):
            self = .none
        case (1, 0) where ifMatch[0] == "*":
            self = .exists
        case (0, 1) where ifNoneMatch[0] == "*":
            self = .absent
        case (1, 0):
            let tag = ifMatch[0]
            guard tag.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\""),
                let revision = Int(tag.dropFirst().dropLast()), revision > 0
            else {
                throw Problem(.requestMalformed, detail: "expected If-Match with * or one ETag of an answer")
            }
            self = .revision(revision)
        default:
            throw Problem(.requestMalformed, detail: "expected either If-Match or If-None-Match: *, once")
        }
    }

    /// The number that ``ResourceStore/put(_:expecting:actor:)`` takes; `exists` is checked by the caller.
    var number: Int? {
        switch self {
        case .none, .exists: nil
        case .absent: 0
        case .revision(let revision): revision
        }
    }
}
