/// Compares octets in a time that depends on their number only.
///
/// Not inlined, so that a caller's knowledge of one side can't turn the loop into an early exit.
@inline(never)
func constantTimeEquals(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in 0..<left.count {
        difference |= unsafe left[index] ^ right[index]
    }
    return difference == 0
}

/// Whether all octets are zero, in a time that depends on their number only.
@inline(never)
func constantTimeIsZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var sum: UInt8 = 0
    for index in 0..<bytes.count {
        sum |= unsafe bytes[index]
    }
    return sum == 0
}
