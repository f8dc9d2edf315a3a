/// Appends JSON text (RFC 8259) to a byte array: all that a problem document needs, without Foundation.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Opens an object or array.
    mutating func open(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(contentsOf: String(bracket).utf8)
        needsComma = false
    }

    /// Closes an object or array.
    mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(contentsOf: String(bracket).utf8)
        needsComma = true
    }

    /// A member's name with its colon; its value must follow.
    mutating func name(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A member whose value is a string.
    mutating func member(_ name: String, _ value: String) {
        self.name(name)
        quote(value)
        needsComma = true
    }

    /// A member whose value is an integer.
    mutating func member(_ name: String, _ value: Int) {
        self.name(name)
        bytes.append(contentsOf: String(value).utf8)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ text: String) {
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20, 0x7f:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(hex[Int(byte >> 4)])
                bytes.append(hex[Int(byte & 0xf)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
