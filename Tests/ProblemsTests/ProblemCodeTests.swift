import Foundation
import Testing

@testable import Problems

@Suite("The registry of error codes")
struct ProblemCodeTests {
    /// The contract, written down a second time on purpose: changing a code or status must break a test.
    static let contract: [(String, Int)] = [
        ("token-missing", 401), ("token-invalid", 401), ("token-expired", 401), ("token-revoked", 401),
        ("audience-mismatch", 401), ("proof-required", 401), ("proof-invalid", 401),
        ("scope-insufficient", 403), ("subscription-required", 403), ("route-not-found", 404),
        ("request-malformed", 400), ("head-too-large", 431), ("body-too-large", 413), ("rate-limited", 429),
        ("quota-exceeded", 429), ("upstream-unreachable", 502), ("upstream-broken", 502),
        ("keys-unavailable", 503), ("overloaded", 503), ("upstream-timeout", 504), ("loop-detected", 508),
        ("request-timeout", 408),
        ("unauthenticated", 401), ("not-permitted", 403), ("not-found", 404), ("resource-not-found", 404),
        ("method-not-allowed", 405), ("conflict", 409), ("precondition-failed", 412),
        ("unsupported-media-type", 415), ("host-not-served", 421), ("resource-invalid", 422), ("internal", 500),
    ]

    @Test("a code of the contract keeps its name and status", arguments: contract)
    func contractHolds(code: String, status: Int) {
        #expect(ProblemCode(rawValue: code)?.status == status)
    }

    @Test("there is no code outside the contract")
    func nothingMore() {
        #expect(Set(ProblemCode.allCases.map(\.rawValue)) == Set(Self.contract.map(\.0)))
    }

    @Test("every code has a title and a meaning of its own")
    func distinctTexts() {
        #expect(Set(ProblemCode.allCases.map(\.title)).count == ProblemCode.allCases.count)
        #expect(Set(ProblemCode.allCases.map(\.meaning)).count == ProblemCode.allCases.count)
    }

    @Test("codes are kebab-case", arguments: ProblemCode.allCases)
    func kebab(code: ProblemCode) {
        #expect(code.rawValue.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
    }

    @Test("docs/errors.md is what the registry says")
    func page() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appendingPathComponent("docs/errors.md")
        if ProcessInfo.processInfo.environment["SIGNET_UPDATE_GOLDEN"] != nil {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(ErrorsPage.markdown().utf8).write(to: file)
        }
        let page = try String(contentsOf: file, encoding: .utf8)
        #expect(page == ErrorsPage.markdown(), "run the tests with SIGNET_UPDATE_GOLDEN=1 to rewrite it")
    }
}
