import HTTPEngine

/// Finds the one bearer token of a request (RFC 6750 section 2.1).
enum BearerCredential {
    /// Where the token is.
    enum Finding: Equatable {
        /// There is none.
        case missing
        /// The token is `start..<end` of the value of the field at `field`.
        case token(field: Int, start: Int, end: Int)
        /// The request is wrong in itself: 400.
        case malformed(String)
        /// There is something that can be no token: 401.
        case invalid(String)
    }

    /// - Parameter limit: octets of the longest token that is looked at.
    static func find(in head: borrowing RequestHead, limit: Int) -> Finding {
        guard let field = head.firstIndex(of: .authorization) else { return .missing }
        if head.index(of: .authorization, from: field + 1) != nil { return .malformed("authorization-repeated") }
        return read(head.value(at: field), field: field, limit: limit)
    }

    /// `Bearer`, in any case, spaces, and the rest. What the rest is made of is not looked at: a token that is known
    /// is known by its exact octets, and for all others ``fault(in:)`` follows.
    static func read(_ value: Span<UInt8>, field: Int, limit: Int) -> Finding {
        guard FieldName.hasPrefix(value, "bearer"), value.count == 6 || value[6] == Octet.space else {
            // Another scheme is no attempt at ours; the challenge says what is wanted.
            return .missing
        }
        var start = 6
        while start < value.count, value[start] == Octet.space { start &+= 1 }
        guard start < value.count else { return .invalid("token-empty") }
        guard value.count &- start <= limit else { return .invalid("token-too-large") }
        return .token(field: field, start: start, end: value.count)
    }

    /// What is wrong with the octets of a token that is not known: a compact JWT has only those of base64url and dots.
    static func fault(in token: Span<UInt8>) -> Finding? {
        for index in 0..<token.count where !Octet.isToken68(token[index]) {
            // Two values joined by a comma are two credentials, whatever joined them.
            return token[index] == UInt8(ascii: ",")
                ? .malformed("authorization-repeated") : .invalid("token-forbidden-octet")
        }
        return nil
    }
}
