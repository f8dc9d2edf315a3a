import Crypto
import FoundationEssentials

/// A request as AWS Signature Version 4 sees it.
struct SigningRequest: Sendable {
    var method: String
    /// As it is sent, encoded.
    var path: String
    /// Not encoded.
    var query: [(name: String, value: String)] = []
    /// All of them are signed: Host must be there, and `X-Amz-Content-Sha256` may be.
    var fields: [(name: String, value: String)]
    var body: [UInt8]

    /// The request in the one form that both sides hash.
    var canonical: String {
        let fields = canonicalFields
        return [
            method, canonicalPath, canonicalQuery, fields.map { "\($0.name):\($0.value)\n" }.joined(),
            fields.map(\.name).joined(separator: ";"), AWSSigner.hex(SHA256.hash(data: body)),
        ].joined(separator: "\n")
    }

    /// The names of the fields, as `SignedHeaders` lists them.
    var signedNames: String { canonicalFields.map(\.name).joined(separator: ";") }

    /// Names in lower case and in order; values of equal names joined, white space at the ends dropped and runs of it
    /// reduced to one space.
    private var canonicalFields: [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for field in fields {
            let words = field.value.split { $0 == " " || $0 == "\t" }
            values[field.name.lowercased(), default: []].append(words.joined(separator: " "))
        }
        return values.keys.sorted(by: Self.isBefore).map { ($0, (values[$0] ?? []).joined(separator: ",")) }
    }

    /// Without empty and dot segments (RFC 3986 section 5.2.4), each segment encoded once more.
    private var canonicalPath: String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.map { AWSPercent.encode(String($0)) }.joined(separator: "/") + end
    }

    private var canonicalQuery: String {
        query.map { (AWSPercent.encode($0.name), AWSPercent.encode($0.value)) }
            .sorted { $0.0 == $1.0 ? Self.isBefore($0.1, $1.1) : Self.isBefore($0.0, $1.0) }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// By octets: what is encoded is ASCII.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
