import HTTPEngine

/// Reading of an output buffer as text.
enum TestOutput {
    static func text(_ output: borrowing OutputBuffer) -> String {
        let octets = output.readable
        return String(decoding: octets.indices.map { octets[$0] }, as: UTF8.self)
    }
}
