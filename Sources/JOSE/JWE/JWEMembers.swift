/// Where the members of a JWE's header are, found in one walk; 0 stands for one that is absent.
///
/// A header of an ECDH token is new with every token, and looking for each of nine names in turn would cost as much
/// as a tenth of the exchange.
struct JWEMembers {
    var algorithm = 0
    var contentEncryption = 0
    var kid = 0
    var contentType = 0
    var ephemeralKey = 0
    var apu = 0
    var apv = 0
    var nonce = 0
    var tag = 0
    var salt = 0
    var iterations = 0
    var encapsulatedSecret = 0
    var presharedKey = 0

    /// Finds the members.
    /// - Parameter isExact: whether other members are refused rather than passed over.
    /// - Throws: `header-invalid` for `crit`, `b64` and `zip`; `header-member-unknown`.
    init(_ header: ProtectedHeader, isExact: Bool) throws(JOSEError) {
        let tape = header.tape
        var index = 1
        while index < tape.parts.count {
            let isKnown = try header.withOctets(at: index) { (name) throws(JOSEError) in
                try note(name, at: index + 1)
            }
            if isExact, isKnown != true || tape.parts[index].kind != .string {
                // A name with escapes is no spelling that anyone needs.
                let name = tape.string(at: index, in: header.octets.span) ?? ""
                throw JOSEError(.headerMemberUnknown, "the header may not have \(name.prefix(32))")
            }
            index = Int(tape.parts[index + 1].next)
        }
    }

    /// Takes down a member that has a meaning; false if it has none.
    private mutating func note(_ name: Span<UInt8>, at value: Int) throws(JOSEError) -> Bool {
        switch name.count {
        case 2 where name.isEqual(to: "iv"): nonce = value
        case 2 where name.isEqual(to: "ek"): encapsulatedSecret = value
        case 3 where name.isEqual(to: "alg"): algorithm = value
        case 3 where name.isEqual(to: "enc"): contentEncryption = value
        case 3 where name.isEqual(to: "kid"): kid = value
        case 3 where name.isEqual(to: "cty"): contentType = value
        case 3 where name.isEqual(to: "epk"): ephemeralKey = value
        case 3 where name.isEqual(to: "apu"): apu = value
        case 3 where name.isEqual(to: "apv"): apv = value
        case 3 where name.isEqual(to: "tag"): tag = value
        case 3 where name.isEqual(to: "p2s"): salt = value
        case 3 where name.isEqual(to: "p2c"): iterations = value
        case 6 where name.isEqual(to: "psk_id"): presharedKey = value
        case 3 where name.isEqual(to: "zip"), 3 where name.isEqual(to: "b64"), 4 where name.isEqual(to: "crit"):
            throw JOSEError(.headerInvalid, "crit, zip and b64 are refused")
        default: return false
        }
        return true
    }

    /// Whether there are members of key management that do not belong to an algorithm.
    func hasStrangers(to algorithm: KeyManagementAlgorithm) -> Bool {
        (!algorithm.isKeyAgreement && (ephemeralKey != 0 || apu != 0 || apv != 0))
            || (!algorithm.isGCMKeyWrap && (nonce != 0 || tag != 0))
            || (!algorithm.isPasswordBased && (salt != 0 || iterations != 0))
            || (algorithm.hpkeSuite == nil && (encapsulatedSecret != 0 || presharedKey != 0))
    }
}
