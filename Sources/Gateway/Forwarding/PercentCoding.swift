/// Percent-encoding of values in the identity headers (RFC 3986 section 2.1).
enum PercentCoding {
    /// The value with every octet but letters, digits and `-._~` escaped, so that no value can break out of its field
    /// and every decoder gives back the same text.
    static func encode(_ text: String) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count)
        for octet in text.utf8 {
            if Octet.isUnreserved(octet) {
                output.append(octet)
            } else {
                output.append(Octet.percent)
                output.append(Octet.upperHex(octet >> 4))
                output.append(Octet.upperHex(octet & 15))
            }
        }
        return output
    }
}
