import ArgumentParser
import JOSE

/// An algorithm that options can name.
protocol NamedAlgorithm: Hashable, Sendable, CaseIterable, RawRepresentable where RawValue == String {
    /// The algorithms that a name in a list stands for.
    static func named(_ name: String) -> [Self]
}

extension NamedAlgorithm {
    static func named(_ name: String) -> [Self] { Self(rawValue: name).map { [$0] } ?? [] }
}

extension SignatureAlgorithm: NamedAlgorithm {
    /// `EdDSA` stands for two.
    static func named(_ name: String) -> [Self] { allCases.filter { $0.isNamed(name) } }
}

extension KeyManagementAlgorithm: NamedAlgorithm {}
extension ContentEncryptionAlgorithm: NamedAlgorithm {}

/// One algorithm as an option takes it: `ES256`.
///
/// JOSE's own types can't conform to the parser's protocol without making it part of a public surface.
struct AlgorithmName<Algorithm: NamedAlgorithm>: ExpressibleByArgument, Sendable {
    let algorithm: Algorithm

    init?(argument: String) {
        guard let algorithm = Algorithm(rawValue: argument) else { return nil }
        self.algorithm = algorithm
    }

    static var allValueStrings: [String] { Algorithm.allCases.map(\.rawValue) }
}

/// A list of algorithms as an option takes it: `ES256,ES384`.
struct AlgorithmList<Algorithm: NamedAlgorithm>: ExpressibleByArgument, Sendable {
    let algorithms: Set<Algorithm>

    init?(argument: String) {
        var algorithms: Set<Algorithm> = []
        for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let named = Algorithm.named(String(name))
            guard !named.isEmpty else { return nil }
            algorithms.formUnion(named)
        }
        self.algorithms = algorithms
    }
}

/// Algorithms in their order, one for all keys or one for each: `A256KW`, `A256KW,ECDH-ES+A256KW`.
struct AlgorithmSequence<Algorithm: NamedAlgorithm>: ExpressibleByArgument, Sendable {
    let algorithms: [Algorithm]

    init?(argument: String) {
        var algorithms: [Algorithm] = []
        for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let algorithm = Algorithm(rawValue: String(name)) else { return nil }
            algorithms.append(algorithm)
        }
        self.algorithms = algorithms
    }

    /// The algorithm of one of `count` keys.
    /// - Throws: ``CommandFailure`` 64 unless there is one for all or one for each.
    func algorithm(_ index: Int, of count: Int) throws -> Algorithm {
        guard let first = algorithms.first, algorithms.count == 1 || algorithms.count == count else {
            throw CommandFailure.usage("--alg: expected one algorithm, or one for each --kid")
        }
        return algorithms.count == 1 ? first : algorithms[index]
    }
}
