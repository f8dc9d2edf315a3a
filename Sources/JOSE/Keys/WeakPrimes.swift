/// RSA moduli of a widespread faulty generator, which can be factored (CVE-2017-15361, "ROCA").
///
/// Its primes are powers of 65537 modulo many small primes, and so are their products. A modulus that is such a power
/// modulo all odd primes up to 701 is one of them; of honest moduli one in 2^150 is.
enum WeakPrimes {
    /// Whether a big-endian modulus carries the mark.
    static func isFingerprint(of modulus: [UInt8]) -> Bool {
        smallPrimes.allSatisfy { prime in
            let residue = modulus.reduce(0) { ($0 * 256 + Int($1)) % prime }
            return powers(modulo: prime).contains(residue)
        }
    }

    /// The powers of 65537.
    private static func powers(modulo prime: Int) -> Set<Int> {
        var powers: Set<Int> = []
        var power = 1
        while powers.insert(power).inserted { power = power * 65537 % prime }
        return powers
    }

    private static let smallPrimes: [Int] = (3...701).filter { candidate in
        (2..<candidate).allSatisfy { candidate % $0 != 0 }
    }
}
