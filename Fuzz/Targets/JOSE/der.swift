@testable import JOSE

/// Keys in DER: no structure is of two forms, and what is read is written as the same structure.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe octets(data, count)
    let shown = read(input, nil)
    var accepting: [KeyForm] = []
    for form in KeyForm.allCases {
        guard let structure = read(input, form) else { continue }
        accepting.append(form)
        require(structure == shown, "the form shows")
        writesWhatItReads(structure, input, form)
    }
    require(accepting.count == (shown == nil ? 0 : 1), "a structure is of one form")
    return 0
}

private func read(_ der: [UInt8], _ form: KeyForm?) -> KeyStructure? {
    do throws(JOSEError) {
        return try KeyStructure(der: der, form: form)
    } catch {
        require([.derInvalid, .keyInvalid, .keyEncrypted].contains(error.code), "the refusal is one of DER's")
        return nil
    }
}

private func writesWhatItReads(_ structure: KeyStructure, _ der: [UInt8], _ form: KeyForm) {
    guard form != .certificate, let material = KeyMaterial(unchecked: structure) else { return }
    guard let written = try? material.der(form) else { return require(false, "what is read can be written") }
    require((try? KeyStructure(der: written, form: form)) == structure, "what is written is read back")
    // What has no optional parts has one encoding.
    guard [.rsaPublicKey, .rsaPrivateKey].contains(form) else { return }
    require(written == der, "DER is canonical")
}
