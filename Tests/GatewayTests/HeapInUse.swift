import Glibc

/// Octets of the C library's heap that are in use, by what it says about itself.
func heapInUse() -> Int {
    typealias MallocInfo = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
    guard let symbol = dlsym(nil, "malloc_info") else { return 0 }
    var text: UnsafeMutablePointer<CChar>?
    var size = 0
    guard let stream = open_memstream(&text, &size) else { return 0 }
    _ = unsafeBitCast(symbol, to: MallocInfo.self)(0, stream)
    fclose(stream)
    defer { free(text) }
    // After what each arena says stand the sums, a line each.
    guard let text, let sums = String(cString: text).split(separator: "</heap>").last else { return 0 }
    func sum(_ kind: String) -> Int {
        let line = sums.split(separator: "\n").first { $0.contains(kind) } ?? ""
        return line.split(separator: "size=\"").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    }
    return sum("<system type=\"current\"") - sum("<total type=\"fast\"") - sum("<total type=\"rest\"")
        + sum("<total type=\"mmap\"")
}
