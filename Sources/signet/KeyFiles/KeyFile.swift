import JOSE

/// The keys of a JWK or JWKS file.
struct KeyFile {
    let keys: [JWK]
    /// Whether the file holds a set, even one of a single key.
    let isSet: Bool

    /// Whether it has shared secrets beside key pairs: whoever knows a secret could sign in the name of a key pair of the
    /// same set, and the token alone would choose.
    var isMixed: Bool {
        keys.contains { $0.keyType == "oct" } && keys.contains { $0.keyType != "oct" }
    }

    /// Reads a file, or standard input when `path` is nil or `-`.
    ///
    /// - Throws: ``CommandFailure``: 64 when it can't be read, 65 when it is no JWK and no JWKS.
    init(_ path: String?) throws {
        try self.init(parsing: Input.trimmedText(try Input.read(path)), name: path ?? "standard input")
    }

    init(parsing text: [UInt8], name: String) throws {
        guard text.first == UInt8(ascii: "{") else {
            throw CommandFailure.malformed(
                "key-invalid", "\(name): expected a JWK or a JWKS; `signet jwk convert` makes one of PEM and DER")
        }
        do throws(JOSEError) {
            let object = try JSONObject(parsing: text)
            isSet = object["keys"] != nil && object["kty"] == nil
            guard isSet else {
                keys = [try JWK(object)]
                return
            }
            let set = try JWKSet(object)
            for fault in set.ignored {
                StandardStreams.complain("signet: \(name): a key was passed over: \(fault.reason)")
            }
            keys = set.keys
        } catch {
            throw CommandFailure.malformed(error.code.rawValue, "\(name): \(error.reason)")
        }
    }

    /// The keys of several files in one list. A kid must not name two keys of one type.
    static func keys(_ paths: [String]) throws -> [JWK] { try keys(of: paths.map { try KeyFile($0) }) }

    /// The same of files that were read.
    static func keys(of files: [KeyFile]) throws -> [JWK] {
        let keys = files.flatMap(\.keys)
        for (kid, named) in Dictionary(grouping: keys, by: \.kid) where named.count > 1 {
            guard let kid else { continue }
            // The two halves of one pair, as two files, are no two keys.
            for (_, ofType) in Dictionary(grouping: named, by: \.keyType)
            where Set(ofType.map { $0.thumbprint() }).count > 1 {
                throw CommandFailure.refused("key-ambiguous", "two keys are named \(kid)")
            }
        }
        return keys
    }
}
