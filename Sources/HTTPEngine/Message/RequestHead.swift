/// A parsed request head: a view into the connection's buffer, valid during one call of the handler.
package struct RequestHead: ~Escapable {
    /// Request methods of RFC 9110 and PATCH; `other` for the rest, see `methodBytes`.
    package enum Method: UInt8, Sendable, BitwiseCopyable {
        case get, head, post, put, delete, options, trace, patch, other
    }

    /// The forms of a request target that are let through (RFC 9112 section 3.2).
    package enum TargetForm: UInt8, Sendable, BitwiseCopyable { case origin, absolute, asterisk }

    let bytes: Span<UInt8>
    let entries: Span<FieldEntry>
    let line: RequestLine
    /// Who sent it.
    package let peer: PeerAddress
    /// How the content is delimited.
    package let framing: BodyFraming

    @_lifetime(copy bytes, copy entries)
    init(
        bytes: Span<UInt8>, entries: Span<FieldEntry>, line: RequestLine, peer: PeerAddress, framing: BodyFraming
    ) {
        self.bytes = bytes
        self.entries = entries
        self.line = line
        self.peer = peer
        self.framing = framing
    }

    package var method: Method { line.method }
    package var targetForm: TargetForm { line.form }
    /// The minor version: 0 or 1 (the major one is always 1).
    package var minorVersion: Int { line.minorVersion }

    package var methodBytes: Span<UInt8> {
        @_lifetime(copy self) get { bytes.extracting(line.methodRange.range) }
    }
    /// The request target as received.
    package var target: Span<UInt8> {
        @_lifetime(copy self) get { bytes.extracting(line.targetRange.range) }
    }
    /// The target's path as received, not decoded; `*` for the asterisk form, `/` for an absolute form without path.
    package var path: Span<UInt8> {
        @_lifetime(copy self) get { bytes.extracting(line.pathRange.range) }
    }
    /// What follows the first `?` of the target, without it; empty when there is none (see `hasQuery`).
    package var query: Span<UInt8> {
        @_lifetime(copy self) get { bytes.extracting(line.queryRange.range) }
    }
    package var hasQuery: Bool { line.hasQuery }
    /// The authority: of an absolute target, else the `Host` field's value, port included; empty only in HTTP/1.0.
    package var host: Span<UInt8> {
        @_lifetime(copy self) get { bytes.extracting(line.hostRange.range) }
    }

    package var fieldCount: Int { entries.count }

    /// The name of the field at an index below `fieldCount`, as received.
    @_lifetime(copy self)
    package func name(at index: Int) -> Span<UInt8> { bytes.extracting(entries[index].nameRange) }

    /// The value without the white space around it; may be empty.
    @_lifetime(copy self)
    package func value(at index: Int) -> Span<UInt8> { bytes.extracting(entries[index].valueRange) }

    package func known(at index: Int) -> KnownField { entries[index].known }

    /// Whether the field is end-to-end: not hop-by-hop, not named by `Connection`, not framing, not `Expect`.
    /// `Host` counts as forwardable.
    package func isForwardable(at index: Int) -> Bool { !entries[index].isHopByHop }

    /// Whether the name, lower-cased and with `_` read as `-`, starts with `x-signet-`.
    package func isSignetField(at index: Int) -> Bool { entries[index].isSignet }

    /// The first field of a name, or nil.
    package func firstIndex(of field: KnownField) -> Int? { entries.firstIndex(of: field, from: 0) }

    /// The next field of a name at or after an index, or nil.
    package func index(of field: KnownField, from start: Int) -> Int? { entries.firstIndex(of: field, from: start) }

    /// Copies the field's line, CRLF included.
    package func copyLine(at index: Int, into output: inout OutputBuffer) {
        output.append(bytes.extracting(entries[index].lineRange))
    }
}
