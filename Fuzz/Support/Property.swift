/// What every target needs: its input as an array, and a way to say what has to hold.
///
/// A target is one function, `LLVMFuzzerTestOneInput`, which libFuzzer calls with inputs that it makes of the corpus and
/// of what each new branch has taught it. It finds traps by itself and reads outside of memory by AddressSanitizer.

/// The input as an array of exactly its size, so that a read beyond it is seen.
func octets(_ data: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
}

/// Ends the run, which makes libFuzzer keep the input, unless the property holds.
func require(_ holds: Bool, _ property: @autoclosure () -> String, line: UInt = #line) {
    guard holds else { fatalError("line \(line): does not hold: \(property())") }
}

/// Lines of an input that stand for the parts of a token, each as it is before it is encoded.
func parts(_ input: ArraySlice<UInt8>, count: Int) -> [[UInt8]] {
    var parts = input.split(separator: 0x0A, maxSplits: count - 1, omittingEmptySubsequences: false).map { [UInt8]($0) }
    while parts.count < count { parts.append([]) }
    return parts
}
