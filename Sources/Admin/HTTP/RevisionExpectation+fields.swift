import Problems
import Resources

extension RevisionExpectation {
    /// Reads `If-Match` and `If-None-Match` (RFC 9110 sections 13.1.1 and 13.1.2).
    ///
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

    /// The same with the revision that stands in the body: it counts where the fields name none.
    func with(bodyRevision: Int?) -> RevisionExpectation {
        guard let bodyRevision else { return self }
        switch self {
        case .none, .exists: return .revision(bodyRevision)
        case .absent, .revision: return self
        }
    }
}
