#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Span<UInt8> {
    /// Whether the octets are those of `other`.
    func isEqual(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        // In bounds: both sides have `count` octets.
        return unsafe withUnsafeBytes { left in
            unsafe other.withUnsafeBytes { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return true }
                return unsafe memcmp(first, second, left.count) == 0
            }
        }
    }

    /// Whether the octets are the UTF-8 of `text`: an exact comparison, where `String ==` would take canonically
    /// equivalent spellings (`K` and U+212A) for the same.
    func isEqual(to text: StaticString) -> Bool {
        guard text.hasPointerRepresentation, count == text.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { octets in
            guard let first = octets.baseAddress else { return true }
            // In bounds: a pointer representation holds `utf8CodeUnitCount` octets for the program's life.
            return unsafe memcmp(first, text.utf8Start, octets.count) == 0
        }
    }

    /// A copy of the octets.
    func copied() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe [UInt8]($0) }
    }

    /// The octets as text. They must have been checked as UTF-8; what is not is replaced, never trapped on.
    func text() -> String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

/// Whether two texts are the same code points. `String ==` compares canonical equivalents, which RFC 7515
/// section 4 and RFC 7519 section 2 (StringOrURI) forbid.
func isSameText(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
}
