@testable import JOSE

/// JWK, up to what cryptography would say of its numbers: what is read is written alike, secrets leave only when asked
/// for, and the forms in DER hold the same numbers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let object = try? JSONObject(parsing: unsafe octets(data, count)) else { return 0 }
    do throws(JOSEError) {
        let key = try JWK(unchecked: object)
        readsWhatItWrites(key, object)
        keepsSecrets(key)
        for form in KeyForm.allCases { writesDER(key, form) }
    } catch {
        require(error.code == .keyInvalid, "the refusal is key-invalid")
    }
    return 0
}

private func readsWhatItWrites(_ key: JWK, _ object: JSONObject) {
    let written = key.object(includingPrivate: true)
    guard let again = try? JWK(unchecked: written) else { return require(false, "what is written is read") }
    require(again == key, "what is written is read back as an equal key")
    require(again.serialized(includingPrivate: true) == written.serialized(), "equal keys are written alike")
    for (name, value) in written { require(object[name] == value, "nothing is written that was not read") }
    require(key.kid.map { (1...JWK.maximumKeyIDBytes).contains($0.utf8.count) } ?? true, "a kid keeps its bounds")
}

private func keepsSecrets(_ key: JWK) {
    let secret = ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"]
    let shown = key.object(includingPrivate: false)
    require(secret.allSatisfy { shown[$0] == nil }, "no secret is written unasked")
    guard let publicHalf = key.publicJWK() else {
        return require(key.keyType == "oct", "only a symmetric key has no public half")
    }
    require(!publicHalf.isPrivate, "the public half is public")
    let published = publicHalf.object(includingPrivate: true)
    require(secret.allSatisfy { published[$0] == nil }, "the public half has no secret")
}

private func writesDER(_ key: JWK, _ form: KeyForm) {
    do throws(JOSEError) {
        let der = try key.material.der(form)
        guard let structure = try? KeyStructure(der: der, form: form) else {
            return require(der.count > KeyStructure.maximumBytes, "what is written is read")
        }
        require(structure == (try? KeyStructure(der: der, form: nil)), "the form shows")
        // PKCS#8 is written without the public half of these.
        guard let again = KeyMaterial(unchecked: structure) else {
            let isLeftOut = form == .privateKeyInfo && ["OKP", "AKP"].contains(key.keyType)
            return require(isLeftOut, "a structure holds the public half")
        }
        require((try? again.der(form)) == der, "what is written is written again")
    } catch {
        require(error.code == .keyMismatch, "a form that is not the key's is key-mismatch")
    }
}
