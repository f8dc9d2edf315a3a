extension ProtectedHeader {
    /// A member that has to be there and a positive integer; its place 0 stands for none.
    /// - Throws: `header-invalid`.
    func count(_ name: StaticString, at index: Int) throws(JOSEError) -> Int {
        guard index != 0 else { throw JOSEError(.headerInvalid, "expected the header to have \(name)") }
        let part = tape.parts[index]
        guard part.kind == .integer, let value = JSONNumber.integer(tape.octets(of: part, in: octets.span)), value > 0
        else { throw JOSEError(.headerInvalid, "expected \(name) in the header to be a positive integer") }
        return Int(value)
    }
}
