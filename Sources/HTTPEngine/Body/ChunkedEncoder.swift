/// Writes the chunked coding (RFC 9112 section 7.1). No extensions, no trailers.
enum ChunkedEncoder {
    /// Octets that a chunk of up to 2^32 octets adds.
    static let overhead = 12
    /// Octets of `writeEnd`.
    static let endBytes = 5

    /// One chunk; nothing for no octets, since an empty chunk would end the body.
    static func write(_ bytes: Span<UInt8>, into output: inout OutputBuffer) {
        guard !bytes.isEmpty else { return }
        output.append(hexadecimal: bytes.count)
        output.append("\r\n" as StaticString)
        output.append(bytes)
        output.append("\r\n" as StaticString)
    }

    /// The last chunk.
    static func writeEnd(into output: inout OutputBuffer) { output.append("0\r\n\r\n" as StaticString) }
}
