import JOSE
import Store
import Testing

@testable import KeyManagement

@Suite("The bound on the seals of one data key")
struct SealLimitsTests {
    static let limits = SealLimits(perDataKey: 10, block: 4)

    private func sealer(_ installation: Installation) async throws -> Sealer {
        try await Sealer(
            rootKey: installation.rootKey, database: installation.database, clock: installation.time.clock,
            limits: Self.limits)
    }

    /// The data key's name within a sealed value.
    private func dataKey(of sealed: [UInt8]) -> [UInt8] { Array(sealed[1..<(1 + DataKey.idBytes)]) }

    @Test func aDataKeyThatIsUsedUpSealsNoMoreUntilMoreIsReserved() async throws {
        let sealer = try await sealer(Installation())
        for _ in 0..<4 { _ = try sealer.seal(SecretBytes([1]), row: SealerTests.row) }
        #expect(await keyError { try sealer.seal(SecretBytes([1]), row: SealerTests.row) } == .dataKeyExhausted)
        try await sealer.replenish()
        _ = try sealer.seal(SecretBytes([1]), row: SealerTests.row)
    }

    @Test func anotherDataKeyTakesOverBeforeTheBoundAndTheOldOnesStillOpen() async throws {
        let installation = try await Installation()
        let sealer = try await sealer(installation)
        var values: [[UInt8]] = []
        for index in 0..<40 {
            try await sealer.replenish()
            values.append(try sealer.seal(SecretBytes([UInt8(index)]), row: SealerTests.row))
        }
        let uses = Dictionary(grouping: values, by: dataKey(of:)).mapValues(\.count)
        #expect(uses.count >= 4)
        #expect(uses.values.allSatisfy { Int64($0) <= Self.limits.perDataKey })
        // In the order of their making: no key comes back after its successor.
        let order = values.map(dataKey(of:))
        #expect(order.indices.dropFirst().count { order[$0] != order[$0 - 1] } == uses.count - 1)
        let made = try await installation.audit().count { $0.action == "data-key.create" }
        #expect(made == uses.count + 1, "the installation's own, and each that sealed here")
        let restarted = try await self.sealer(installation)
        for (index, value) in values.enumerated() {
            #expect(try sealer.open(value, row: SealerTests.row) == SecretBytes([UInt8(index)]))
            #expect(try restarted.open(value, row: SealerTests.row) == SecretBytes([UInt8(index)]))
        }
    }

    @Test func whatAnEarlierProcessReservedIsNotReservedAgain() async throws {
        let installation = try await Installation()
        try await installation.execute("DELETE FROM data_key")
        var names: [[UInt8]] = []
        for _ in 0..<5 {
            names.append(dataKey(of: try await sealer(installation).seal(SecretBytes([1]), row: SealerTests.row)))
        }
        #expect(names[0] == names[1] && names[1] != names[2])
        #expect(names[2] == names[3] && names[3] != names[4])
    }

    @Test func aKeyWhoseSealsWereNotCountedSealsNoMore() async throws {
        let installation = try await Installation()
        let before = try installation.sealer.seal(SecretBytes([1]), row: SealerTests.row)
        for statement in DataKeyRows.countingMigration.statements.dropFirst() {
            try await installation.execute(statement)
        }
        let sealer = try await Sealer(
            rootKey: installation.rootKey, database: installation.database, clock: installation.time.clock)
        #expect(try dataKey(of: sealer.seal(SecretBytes([1]), row: SealerTests.row)) != dataKey(of: before))
        #expect(try sealer.open(before, row: SealerTests.row) == SecretBytes([1]))
    }

    @Test func manyTasksAtOnceNeverExceedWhatIsReserved() async throws {
        let installation = try await Installation()
        let sealer = try await sealer(installation)
        let names = await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try? await sealer.replenish()
                    return (try? sealer.seal(SecretBytes([1]), row: SealerTests.row)).map(dataKey(of:))
                }
            }
            return await group.reduce(into: [[UInt8]]()) { names, name in if let name { names.append(name) } }
        }
        let uses = Dictionary(grouping: names, by: { $0 }).mapValues(\.count)
        #expect(!uses.isEmpty && uses.values.allSatisfy { Int64($0) <= Self.limits.perDataKey })
    }

    @Test func theDefaultsStayFarBelowTheBoundOfRandomNonces() {
        let limits = SealLimits()
        #expect(limits.perDataKey <= 1 << 28)
        #expect(limits.block <= limits.perDataKey / 64)
    }
}
