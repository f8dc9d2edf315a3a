import JOSE
import Testing

@testable import RemoteJWKS

@Suite("Bounded memory and traffic")
struct BoundsTests {
    private let start = ContinuousClock.now

    @Test("However many names are made up, no more than the limit are remembered, the latest ones")
    func unknownNamesAreBounded() {
        var unknown = UnknownKeys(limit: 10)
        for number in 0..<1_000 { unknown.insert("\(number)", until: start + .seconds(60), start) }
        #expect(unknown.count == 10)
        #expect(unknown.contains("999", start))
        #expect(!unknown.contains("989", start))
        #expect(unknown.contains("990", start))
    }

    @Test("An overlong name is not remembered")
    func overlongName() {
        var unknown = UnknownKeys(limit: 10)
        unknown.insert(String(repeating: "x", count: 513), until: start + .seconds(60), start)
        #expect(unknown.count == 0)
    }

    @Test("A remembered name is forgotten in time, and can be remembered again")
    func namesExpire() {
        var unknown = UnknownKeys(limit: 2)
        unknown.insert("a", until: start + .seconds(1), start)
        #expect(unknown.contains("a", start))
        #expect(!unknown.contains("a", start + .seconds(1)))
        unknown.insert("a", until: start + .seconds(2), start)
        #expect(unknown.contains("a", start + .seconds(1)))
        unknown.insert("b", until: start + .seconds(2), start)
        unknown.insert("c", until: start + .seconds(2), start)
        #expect(unknown.count == 2)
        #expect(!unknown.contains("a", start))
    }

    @Test("No more fetches than allowed begin within any minute")
    func budget() {
        var budget = FetchBudget(perMinute: 3)
        var begun: [Int] = []
        for second in 0..<600 where budget.allows(start + .seconds(second)) {
            budget.spend(start + .seconds(second))
            begun.append(second)
        }
        for (first, fourth) in zip(begun, begun.dropFirst(3)) { #expect(fourth - first >= 60) }
        #expect(begun.count == 30)
    }

    @Test(
        "A configuration out of its bounds is refused",
        arguments: [
            { $0.timeout = .zero }, { $0.timeout = .seconds(61) }, { $0.maximumBytes = 0 },
            { $0.maximumBytes = 1 << 21 }, { $0.maximumKeys = 0 }, { $0.maximumKeys = 1_001 }, { $0.algorithms = [] },
            { $0.algorithms = [.es256, .hs256] }, { $0.minimumLifetime = .zero },
            { $0.minimumLifetime = .seconds(601) },
            { $0.defaultLifetime = .seconds(86_401) }, { $0.maximumLifetime = .seconds(8 * 86_400) },
            { $0.staleLifetime = .seconds(-1) }, { $0.cooldown = .zero }, { $0.unknownKeyLifetime = .seconds(-1) },
            { $0.maximumUnknownKeys = 0 }, { $0.fetchesPerMinute = 0 }, { $0.ports = [] }, { $0.ports = [0...0] },
            { $0.ports = [443...65_536] }, { $0.allowedPrivateAddresses = ["10.0.0.1/8"] },
            { $0.allowedPrivateAddresses = ["localhost"] }, { $0.trustedAuthorities = [] },
        ] as [@Sendable (inout RemoteJWKS.Configuration) -> Void])
    func configuration(change: @Sendable (inout RemoteJWKS.Configuration) -> Void) {
        var configuration = RemoteJWKS.Configuration()
        change(&configuration)
        let error = #expect(throws: RemoteJWKSError.self) {
            try RemoteJWKS(url: "https://a.example/jwks", configuration: configuration)
        }
        #expect(error?.code == .configurationInvalid)
    }
}
