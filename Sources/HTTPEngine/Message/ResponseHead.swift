/// A parsed response head: a view into the upstream connection's buffer, valid during one call of the handler.
package struct ResponseHead: ~Escapable {
    let bytes: Span<UInt8>
    let entries: Span<FieldEntry>
    /// The status code, 200 to 599 when a handler sees it.
    package let status: Int
    package let minorVersion: Int
    /// How the content is delimited (HEAD, 204 and 304 are already taken into account).
    package let framing: BodyFraming

    @_lifetime(copy bytes, copy entries)
    init(bytes: Span<UInt8>, entries: Span<FieldEntry>, status: Int, minorVersion: Int, framing: BodyFraming) {
        self.bytes = bytes
        self.entries = entries
        self.status = status
        self.minorVersion = minorVersion
        self.framing = framing
    }

    package var fieldCount: Int { entries.count }

    /// The name of the field at an index below `fieldCount`, as received.
    @_lifetime(copy self)
    package func name(at index: Int) -> Span<UInt8> { bytes.extracting(entries[index].nameRange) }

    /// The value without the white space around it; may be empty.
    @_lifetime(copy self)
    package func value(at index: Int) -> Span<UInt8> { bytes.extracting(entries[index].valueRange) }

    package func known(at index: Int) -> KnownField { entries[index].known }

    /// Whether the field is end-to-end: not hop-by-hop, not named by `Connection`, not framing.
    package func isForwardable(at index: Int) -> Bool { !entries[index].isHopByHop }

    /// Whether the name, lower-cased and with `_` read as `-`, starts with `x-signet-`.
    package func isSignetField(at index: Int) -> Bool { entries[index].isSignet }

    /// The first field of a name, or nil.
    package func firstIndex(of field: KnownField) -> Int? { entries.firstIndex(of: field, from: 0) }

    /// Copies the field's line, CRLF included.
    package func copyLine(at index: Int, into output: inout OutputBuffer) {
        output.append(bytes.extracting(entries[index].lineRange))
    }

    /// Copies every end-to-end field but `x-signet-*`.
    package func copyForwardableFields(into output: inout OutputBuffer) {
        for index in 0..<entries.count where entries[index].isPlain {
            output.append(bytes.extracting(entries[index].lineRange))
        }
    }
}
