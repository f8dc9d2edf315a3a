extension KeyStructure {
    /// Reads the structure of a block, of the form that its label says.
    /// - Throws: `pem-invalid` for other labels; otherwise as `init(der:form:)`.
    init(_ block: PEMBlock) throws(JOSEError) {
        guard let form = KeyForm(rawValue: block.label) else {
            guard !isSameText(block.label, "ENCRYPTED PRIVATE KEY") else { throw DERError.encrypted }
            throw PEMBlock.invalid("expected the label of a key or a certificate, got \(block.label)")
        }
        var der = block.octets.copied()
        defer { unsafe der.withUnsafeMutableBytes { unsafe wipe($0) } }
        try self.init(der: der, form: form)
    }
}
