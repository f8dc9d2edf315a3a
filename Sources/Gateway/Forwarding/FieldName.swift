/// Names of fields that the gateway owns, compared as an upstream might: without case, and with `_` read as `-`,
/// since CGI-like servers make no difference between `X-Signet-Subject` and `X_Signet_Subject`.
enum FieldName {
    /// Whether the gateway keeps a client's field of this name from the upstream.
    ///
    /// - `X-Signet-…`: identity, which only the gateway may state.
    /// - `X-Forwarded-…`, `Forwarded`, `X-Real-IP` and their kin: the client's address, which only the connection proves.
    /// - `X-Request-Id`, `X-Client-Request-Id`: the gateway makes the one and derives the other.
    /// - `X-Original-…`, `X-Rewrite-URL`, `X-HTTP-Method-Override` and their kin: some upstreams take path or method
    ///   from them, past the route that was matched.
    /// - `Proxy`: to CGI programs it is the variable that names their proxy (CVE-2016-5385).
    /// - `Content_Length`, `Transfer_Encoding` and their kin: to CGI-like servers they are the framing and the fields of one
    ///   connection, which the engine has taken off under their own names.
    static func isOwned(_ name: Span<UInt8>) -> Bool {
        guard name.count >= 5 else { return false }
        switch folded(name[0]) {
        case UInt8(ascii: "x"):
            guard folded(name[1]) == Octet.hyphen else { return false }
            return isOwned(extension: name)
        case UInt8(ascii: "f"): return equals(name, "forwarded")
        case UInt8(ascii: "t"): return equals(name, "true-client-ip") || equals(name, "transfer-encoding")
        case UInt8(ascii: "c"): return equals(name, "client-ip") || equals(name, "content-length")
        case UInt8(ascii: "k"): return equals(name, "keep-alive")
        case UInt8(ascii: "p"):
            return equals(name, "proxy") || equals(name, "proxy-connection") || equals(name, "proxy-authorization")
                || equals(name, "proxy-authenticate")
        default: return false
        }
    }

    private static func isOwned(extension name: Span<UInt8>) -> Bool {
        switch folded(name[2]) {
        case UInt8(ascii: "s"): hasPrefix(name, "x-signet-")
        case UInt8(ascii: "f"): hasPrefix(name, "x-forwarded-")
        case UInt8(ascii: "r"):
            equals(name, "x-request-id") || equals(name, "x-real-ip") || hasPrefix(name, "x-rewrite-")
        case UInt8(ascii: "c"):
            equals(name, "x-client-request-id") || equals(name, "x-client-ip") || equals(name, "x-cluster-client-ip")
        case UInt8(ascii: "o"): hasPrefix(name, "x-original-")
        case UInt8(ascii: "h"):
            equals(name, "x-http-method-override") || equals(name, "x-http-method") || equals(name, "x-host")
        case UInt8(ascii: "m"): equals(name, "x-method-override")
        default: false
        }
    }

    /// - Parameter expected: lower case.
    static func equals(_ name: Span<UInt8>, _ expected: StaticString) -> Bool {
        name.count == expected.utf8CodeUnitCount && hasPrefix(name, expected)
    }

    /// - Parameter expected: lower case.
    static func hasPrefix(_ name: Span<UInt8>, _ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard name.count >= count else { return false }
        // A static string's octets live as long as the process.
        let literal = unsafe UnsafeBufferPointer(start: expected.utf8Start, count: count)
        for index in 0..<count where unsafe folded(name[index]) != literal[index] { return false }
        return true
    }

    @inline(__always)
    private static func folded(_ octet: UInt8) -> UInt8 {
        octet == Octet.underscore ? Octet.hyphen : Octet.lowercased(octet)
    }
}
