@testable import JOSE

extension KeyMaterial {
    /// The numbers of a structure that holds a whole public half, as they are.
    init?(unchecked structure: KeyStructure) {
        switch structure {
        case .rsaPublic(let n, let e): self = .rsa(RSANumbers(n: n, e: e, secret: nil))
        case .rsaPrivate(let n, let e, let d, let p, let q, let dp, let dq, let qi):
            self = .rsa(RSANumbers(n: n, e: e, secret: .init(d: d, p: p, q: q, dp: dp, dq: dq, qi: qi)))
        case .elliptic(let curve, .some(let point), let d):
            let size = curve.coordinateBytes
            guard point.first == 4, point.count == 1 + 2 * size else { return nil }
            self = .elliptic(curve, x: [UInt8](point[1...size]), y: [UInt8](point[(1 + size)...]), d: d)
        case .octetPair(let curve, .some(let x), let d): self = .octetPair(curve, x: x, d: d)
        // What is expanded from a seed is read, and never written.
        case .algorithmPair(let algorithm, .some(let pub), let seed, nil):
            self = .algorithmPair(algorithm, pub: pub, seed: seed)
        case .elliptic, .octetPair, .algorithmPair: return nil
        }
    }
}
