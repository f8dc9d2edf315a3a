internal import CZlib

/// Raw DEFLATE (RFC 1951), read piece by piece under a bound: a few octets can stand for gigabytes, so that the length
/// is counted while it grows and never believed beforehand.
enum Inflater {
    /// Why there is no plaintext.
    enum Failure: Error {
        /// More octets than the bound.
        case tooLarge
        /// No whole DEFLATE stream, or more after its end.
        case malformed
    }

    /// The octets that `compressed` stands for, at most `limit`.
    static func inflate(_ compressed: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        // zlib counts a call's input and output in 32 bits; both are far below here.
        guard let count = UInt32(exactly: compressed.count), limit >= 0 else { throw .tooLarge }
        var output: [UInt8] = []
        var failure: Failure? = .malformed
        unsafe compressed.withUnsafeBufferPointer { source in
            var stream = unsafe z_stream()
            // zlib only reads its input; the pointer is of a type that could write for historical reasons. It stays
            // valid for the length of this closure, within which the stream is opened and closed.
            unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.avail_in = count
            let size = unsafe Int32(MemoryLayout<z_stream>.size)
            // Negative window bits: no header and no checksum around the stream.
            guard unsafe inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else { return }
            defer { unsafe inflateEnd(&stream) }
            failure = unsafe run(&stream, &output, limit)
        }
        if let failure { throw failure }
        return output
    }

    private static func run(_ stream: inout z_stream, _ output: inout [UInt8], _ limit: Int) -> Failure? {
        var piece = [UInt8](repeating: 0, count: 16_384)
        // The piece held plaintext.
        defer { unsafe piece.withUnsafeMutableBytes { unsafe wipe($0) } }
        while true {
            let (status, made) = unsafe piece.withUnsafeMutableBufferPointer { target in
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(truncatingIfNeeded: target.count)
                let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
                return unsafe (status, target.count - Int(stream.avail_out))
            }
            guard made <= limit - output.count else { return .tooLarge }
            output += piece[..<made]
            switch status {
            case Z_STREAM_END: return unsafe stream.avail_in == 0 ? nil : .malformed
            // Every call makes progress, or zlib answers Z_BUF_ERROR: the loop ends.
            case Z_OK: continue
            default: return .malformed
            }
        }
    }
}
