internal import CZlib

/// Writes raw DEFLATE (RFC 1951).
enum Deflater {
    /// - Throws: `operation-failed`.
    static func deflate(_ plaintext: [UInt8]) throws(JOSEError) -> [UInt8] {
        let failure = JOSEError(.operationFailed, "the plaintext could not be compressed")
        guard let count = UInt32(exactly: plaintext.count) else { throw failure }
        let output = unsafe plaintext.withUnsafeBufferPointer { source -> [UInt8]? in
            var stream = unsafe z_stream()
            let size = unsafe Int32(MemoryLayout<z_stream>.size)
            guard
                unsafe deflateInit2_(
                    &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size
                ) == Z_OK
            else { return nil }
            defer { unsafe deflateEnd(&stream) }
            // zlib only reads its input; the pointer stays valid for the length of this closure.
            unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            unsafe stream.avail_in = count
            // Enough for everything in one call, by zlib's own reckoning.
            guard let bound = unsafe UInt32(exactly: deflateBound(&stream, UInt(count))) else { return nil }
            var output = [UInt8](repeating: 0, count: Int(bound))
            let status = unsafe output.withUnsafeMutableBufferPointer { target in
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = bound
                return unsafe CZlib.deflate(&stream, Z_FINISH)
            }
            guard status == Z_STREAM_END else { return nil }
            output.removeLast(unsafe Int(stream.avail_out))
            return output
        }
        guard let output else { throw failure }
        return output
    }
}
