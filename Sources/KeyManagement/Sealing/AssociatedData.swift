package import JOSE

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is authenticated beside a sealed secret: a label, then fields, each behind its length, so that no two lists of
/// fields give the same bytes.
enum AssociatedData {
    static func encode(_ label: String, _ fields: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in [label] + fields {
            let count = UInt64(field.utf8.count)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: count >> UInt64(shift)))
            }
            bytes.append(contentsOf: field.utf8)
        }
        return bytes
    }
}

/// Overwrites a secret that had to be in an array, by a call that the optimiser keeps.
package func wipe(_ bytes: inout [UInt8]) {
    // The address is valid for the call and the length is the array's own.
    unsafe bytes.withUnsafeMutableBytes {
        if let base = $0.baseAddress { unsafe explicit_bzero(base, $0.count) }
    }
}

/// Octets from the system's generator, for names, salts and nonces: nothing that must be wiped.
func randomBytes(_ count: Int) -> [UInt8] {
    // The pointer is read within the call.
    unsafe SecretBytes.random(count: count).withUnsafeBytes { unsafe [UInt8]($0) }
}

extension SecretBytes {
    /// Takes the bytes over and overwrites the array they came in.
    package init(wiping bytes: consuming [UInt8]) {
        var bytes = bytes
        self.init(bytes)
        wipe(&bytes)
    }
}
