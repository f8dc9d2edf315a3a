import HTTPEngine
import JOSE
import KeyManagement
import Logging
import Monitoring
import Resources
import Store

@testable import Gateway

/// Keys, APIs, clients and a snapshot, without a store.
struct TestWorld {
    static let issuer = "http://127.0.0.1:8081"
    /// Unix seconds of everything in the tests.
    static let now: Int64 = 1_800_000_000

    /// One API with its keys.
    struct API {
        var name: String
        var audience: String
        var policyID: UInt64 = 1
        var spec: APISpec
        var signing: SigningKey
        var encryption: EncryptionKey
        var decryption: [DecryptionKey]
        var verification: [VerificationKey]
        /// The keys of earlier policies.
        var earlier: [FormKeys] = []
    }

    var apis: [API]
    var clients: [String: ClientEntry]
    var revocations = RevocationIndex()
    var directory = UpstreamDirectory()
    var isStale = false
    var forwardKey: SigningKey?

    /// An issuer's signing key, shared by APIs of the asymmetric profile.
    let issuerKey: SigningKey

    init(profile: TokenPolicy.Profile = .asymmetric, forward: APISpec.Forward = .claims) throws {
        let names = NameTable()
        let issuerJWK = try JWK.generate(algorithm: "ES256")
        issuerKey = try SigningKey(issuerJWK)
        forwardKey = try SigningKey(try JWK.generate(algorithm: "ES256"))
        apis = []
        clients = [
            "reporter": ClientEntry(
                number: names.number(of: "reporter"),
                standing: ClientStanding(
                    isDisabled: false,
                    scopes: ["orders": ["orders.read", "orders.write"], "bills": ["bills.read", "bills.write"]]))
        ]
        try add("orders", profile: profile, forward: forward)
        try add("bills", profile: profile, forward: forward)
    }

    mutating func add(_ name: String, profile: TokenPolicy.Profile, forward: APISpec.Forward) throws {
        let signingJWK = profile == .asymmetric ? nil : try JWK.generate(algorithm: "HS256")
        let encryptionJWK =
            profile == .asymmetric
            ? try JWK.generate(algorithm: "ECDH-ES", curve: "X25519") : try JWK.generate(algorithm: "A256KW")
        let signing = try signingJWK.map { try SigningKey($0) } ?? issuerKey
        var spec = APISpec(
            audience: "https://\(name).example", upstreams: [Upstream(host: "127.0.0.1", port: 9)],
            routes: [
                Route(path: .prefix("/\(name)"), methods: ["GET", "POST"], scopes: ["\(name).read"]),
                Route(path: .prefix("/\(name)/admin"), scopes: ["\(name).read", "\(name).write"]),
                Route(path: .prefix("/\(name)/public"), access: .public),
            ])
        spec.scopes = ["\(name).read", "\(name).write"]
        spec.forward = forward
        spec.token = TokenPolicy(profile: profile)
        apis.append(
            API(
                name: name, audience: spec.audience, policyID: UInt64(apis.count + 1), spec: spec, signing: signing,
                encryption: try EncryptionKey(encryptionJWK), decryption: [try DecryptionKey(encryptionJWK)],
                verification: [try VerificationKey(of: signing)]))
    }

    func compiled(_ api: API) throws -> CompiledAPI {
        let form = APIResource(name: api.name, revision: 1, spec: api.spec).form
        let keys = FormKeys(
            form: form, decryption: try KeyDirectory(api.decryption), verification: try KeyDirectory(api.verification))
        return CompiledAPI(
            name: api.name, number: 7, policyID: api.policyID, spec: api.spec,
            upstreams: api.spec.upstreams.map { CompiledUpstream($0, directory: directory) },
            standing: APIStanding(name: api.name, audience: api.audience, keys: [keys] + api.earlier),
            maximumTokenBytes: 16_384, forwardKey: forwardKey,
            policy: TokenAcceptance(
                issuer: Self.issuer, audience: api.audience, leeway: 30, maximumLifetime: 86_400))
    }

    func snapshot(epoch: UInt64 = 1) throws -> Snapshot {
        let compiled = try apis.map { try self.compiled($0) }
        var patterns: [RoutePattern] = []
        var routes: [CompiledRoute] = []
        for (place, api) in apis.enumerated() {
            for route in api.spec.routes {
                patterns.append(RoutePattern(route))
                routes.append(CompiledRoute(route, api: place, number: 0, compiled: compiled[place]))
            }
        }
        return Snapshot(
            epoch: epoch, router: Router(patterns), routes: routes, apis: compiled, clients: clients,
            revocations: revocations, isStale: isStale)
    }

    /// Claims as the authorization server writes them.
    static func claims(
        for audience: String = "https://orders.example", _ change: (inout JSONObject) -> Void = { _ in }
    ) -> JSONObject {
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": "reporter", "aud": .string(audience), "client_id": "reporter",
            "scope": "orders.read", "jti": "token-1", "iat": .integer(now - 10), "exp": .integer(now + 290),
        ]
        change(&claims)
        return claims
    }

    /// A sealed token of an API.
    func token(_ claims: JSONObject = Self.claims(), api: Int = 0, type: String = "at+jwt") throws -> String {
        try NestedToken.seal(
            claims: claims.serialized(), type: type, signingKey: apis[api].signing, encryptionKey: apis[api].encryption,
            contentEncryption: apis[api].spec.token.content)
    }
}
