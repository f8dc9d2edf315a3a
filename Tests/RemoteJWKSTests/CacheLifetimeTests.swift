import Testing

@testable import RemoteJWKS

@Suite("How long a set may be used")
struct CacheLifetimeTests {
    @Test(
        "Cache-Control decides within the bounds",
        arguments: [
            (["max-age=300"], nil, 300), (["public, max-age=300, must-revalidate"], nil, 300),
            (["public", "max-age=300"], nil, 300), (["MAX-AGE=300"], nil, 300), (["max-age=\"300\""], nil, 300),
            (["s-maxage=9, max-age=300"], nil, 300), (["max-age=300"], "100", 200), (["max-age=300"], "900", 60),
            (["max-age=300"], "x", 300),
            // Beyond the bounds.
            (["max-age=0"], nil, 60), (["max-age=1"], nil, 60), (["max-age=604800"], nil, 86_400),
            (["max-age=99999999999999999999999"], nil, 86_400),
            // Not to be kept: as short as the bounds allow.
            (["no-store"], nil, 60), (["no-cache, max-age=300"], nil, 60), (["no-cache=\"x\""], nil, 60),
            // Unreadable or told twice: taken for stale.
            (["max-age=-1"], nil, 60), (["max-age="], nil, 60), (["max-age=1e9"], nil, 60),
            (["max-age=300 s"], nil, 60),
            (["max-age=300, max-age=400"], nil, 60), (["max-age=300", "max-age=300"], nil, 60),
            // Nothing said.
            ([], nil, 600), (["public"], nil, 600), ([""], nil, 600),
        ] as [([String], String?, Int)])
    func lifetimes(control: [String], age: String?, seconds: Int) {
        var fields = control.map { (name: "Cache-Control", value: $0) }
        if let age { fields.append((name: "Age", value: age)) }
        #expect(CacheLifetime(RemoteJWKS.Configuration()).of(fields) == .seconds(seconds))
    }
}
