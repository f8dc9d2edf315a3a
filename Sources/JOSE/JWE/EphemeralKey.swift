/// The member `epk`: a public key of the curves that this library agrees on, of which nothing says yet that it is a
/// point of its curve.
struct EphemeralKey {
    let curve: EllipticCurve
    let x: [UInt8]
    /// Empty on the curves of octet key pairs.
    let y: [UInt8]

    /// - Throws: `header-invalid`.
    init(_ header: ProtectedHeader, at epk: Int) throws(JOSEError) {
        guard epk != 0, header.tape.parts[epk].kind == .object else { throw Self.malformed }
        let members = try EphemeralKeyMembers(header, epk)
        guard !members.isPrivate, let curve = try header.withText("crv", at: members.curve, { EllipticCurve($0) }),
            curve.isForAgreement,
            try header.withText("kty", at: members.type, { $0.isEqual(to: curve.isOctetKeyPair ? "OKP" : "EC") }),
            (members.y == 0) == curve.isOctetKeyPair
        else { throw Self.malformed }
        self.curve = curve
        x = try header.base64("x", at: members.x)
        y = members.y == 0 ? [] : try header.base64("y", at: members.y)
        guard x.count == curve.coordinateBytes, y.count == (curve.isOctetKeyPair ? 0 : curve.coordinateBytes) else {
            throw Self.malformed
        }
    }

    private static let malformed = JOSEError(.headerInvalid, "expected epk to be a public key on a supported curve")
}

/// Where the members of `epk` are; 0 stands for one that is absent.
private struct EphemeralKeyMembers {
    var type = 0
    var curve = 0
    var x = 0
    var y = 0
    var isPrivate = false

    init(_ header: ProtectedHeader, _ epk: Int) throws(JOSEError) {
        var index = epk + 1
        while index < Int(header.tape.parts[epk].next) {
            let value = index + 1
            try header.withOctets(at: index) { (name) throws(JOSEError) in
                switch name.count {
                case 1 where name.isEqual(to: "x"): x = value
                case 1 where name.isEqual(to: "y"): y = value
                case 1 where name.isEqual(to: "d"): isPrivate = true
                case 3 where name.isEqual(to: "kty"): type = value
                case 3 where name.isEqual(to: "crv"): curve = value
                default: break
                }
            }
            index = Int(header.tape.parts[value].next)
        }
    }
}
