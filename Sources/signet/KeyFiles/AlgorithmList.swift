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
    /// As it was given: `EdDSA` stands for two.
    let name: String
    let algorithm: Algorithm

    init?(argument: String) {
        guard let algorithm = Algorithm(rawValue: argument) else { return nil }
        (name, self.algorithm) = (argument, algorithm)
    }

    static var allValueStrings: [String] { Algorithm.allCases.map(\.rawValue) }
}

/// A list of algorithms as an option takes it: `ES256,ES384`.
///
/// Any name can be given: one that stands for nothing that is accepted here is a refusal like that of a token, and no
/// mistake in the command line, since it may come from a token.
struct AlgorithmList<Algorithm: NamedAlgorithm>: ExpressibleByArgument, Sendable {
    private let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let isName = { (octet: UInt8) in (0x21...0x7E).contains(octet) }
        guard names.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 64 && $0.utf8.allSatisfy(isName) }) else { return nil }
    }

    /// The algorithms that the names stand for.
    /// - Throws: `JOSEError` `alg-not-allowed` for a name that stands for none.
    func algorithms(for purpose: String) throws -> Set<Algorithm> {
        var algorithms: Set<Algorithm> = []
        for name in names {
            let named = Algorithm.named(name)
            guard !named.isEmpty else { throw RefusedAlgorithm.refusal(of: name, for: purpose) }
            algorithms.formUnion(named)
        }
        return algorithms
    }
}

/// Algorithms in their order, one for all keys or one for each: `A256KW`, `A256KW,ECDH-ES+A256KW`.
struct AlgorithmSequence<Algorithm: NamedAlgorithm>: ExpressibleByArgument, Sendable {
    let algorithms: [Algorithm]
    private let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var algorithms: [Algorithm] = []
        for name in names {
            guard let algorithm = Algorithm(rawValue: name) else { return nil }
            algorithms.append(algorithm)
        }
        self.algorithms = algorithms
    }

    /// The algorithm of one of `count` keys.
    /// - Throws: ``CommandFailure`` 64 unless there is one for all or one for each.
    func algorithm(_ index: Int, of count: Int) throws -> Algorithm { try pick(algorithms, index, count) }

    /// The name of that algorithm, as it was given.
    func name(_ index: Int, of count: Int) throws -> String { try pick(names, index, count) }

    private func pick<Value>(_ values: [Value], _ index: Int, _ count: Int) throws -> Value {
        guard let first = values.first, values.count == 1 || values.count == count else {
            throw CommandFailure.usage("--alg: expected one algorithm, or one for each --kid")
        }
        return values.count == 1 ? first : values[index]
    }
}
