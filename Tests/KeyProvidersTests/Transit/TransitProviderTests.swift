import JOSE
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("The transit provider", .timeLimit(.minutes(1)))
struct TransitProviderTests {
    typealias Script = ScriptedTransit
    private let secret = SecretBytes([1, 2, 3])
    private let context = WrapContext(purpose: "root-key", id: "x")
    private static let wrapped = Array("vault:v1:AAAA".utf8)
    private static let (lookup, key) = ("GET auth/token/lookup-self", "GET transit/keys/signet")
    private static let (encrypt, decrypt) = ("POST transit/encrypt/signet", "POST transit/decrypt/signet")
    private static let (login, renew) = ("POST auth/approle/login", "POST auth/token/renew-self")

    @Test("It wraps under a key that it has looked for, with the context, and opens by the same")
    func wrapsAndUnwraps() async throws {
        let script = Script([
            Self.lookup: [Script.lifelong], Self.key: [Script.key()], Self.encrypt: [Script.ciphertext],
            Self.decrypt: [Script.plaintext],
        ])
        let provider = try #require(script.provider())
        #expect(try await provider.wrap(secret, context: context) == Self.wrapped)
        #expect(try await provider.unwrap(Self.wrapped, context: context) == secret)
        #expect(script.seen.map(\.request) == [Self.lookup, Self.key, Self.encrypt, Self.decrypt])
        #expect(script.seen.allSatisfy { $0.token == "s.first" })
        let encoded = try #require(script.bodies.dropFirst(2).first)
        let associated = Base64.encode(context.octets)
        #expect(encoded == #"{"plaintext":"AQID","associated_data":"\#(associated)"}"#)
        #expect(script.bodies.last == #"{"ciphertext":"vault:v1:AAAA","associated_data":"\#(associated)"}"#)
        #expect(provider.statistics.answered == 2)
    }

    @Test("Without a key nothing is encrypted: the server would make one")
    func makesNoKey() async throws {
        let script = Script([Self.lookup: [Script.lifelong], Self.key: [(404, #"{"errors":[]}"#)]])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) { try await provider.wrap(secret, context: context) }
        #expect(error?.code == .keyMissing)
        #expect(script.seen.map(\.request) == [Self.lookup, Self.key])
    }

    @Test(
        "A key that can't wrap is not used",
        arguments: [
            Script.key(type: "rsa-4096"), Script.key(type: "hmac"), Script.key(more: #","soft_deleted":true"#),
            (
                200,
                #"{"data":{"type":"aes256-gcm96","latest_version":1,"min_decryption_version":1,"derived":true,"#
                    + #""supports_encryption":true,"supports_decryption":true}}"#
            ),
        ])
    func unfitKeys(answer: (status: Int, body: String)) async throws {
        let script = Script([Self.lookup: [Script.lifelong], Self.key: [answer], Self.encrypt: [Script.ciphertext]])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) { try await provider.wrap(secret, context: context) }
        #expect(error?.code == .keyDisabled)
        #expect(!script.seen.contains { $0.request == Self.encrypt })
    }

    @Test(
        "A status means the same wherever it comes",
        arguments: [
            (403, .denied), (404, .keyMissing), (405, .notSupported), (412, .unreachable), (418, .answerBroken),
            (429, .throttled), (307, .unreachable), (472, .unreachable), (473, .unreachable), (500, .unreachable),
            (501, .unreachable), (503, .unreachable), (204, .answerBroken),
        ] as [(Int, ProviderError.Code)])
    func statuses(status: Int, code: ProviderError.Code) async throws {
        let script = Script([Self.lookup: [Script.lifelong], Self.decrypt: [(status, #"{"errors":["so it is"]}"#)]])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(error?.code == code)
        #expect(error?.reason.contains(ScriptedTransit.address) == true)
        let asked = script.seen.filter { $0.request == Self.decrypt }.count
        #expect(asked == (code == .unreachable || code == .throttled ? 4 : 1))
    }

    @Test(
        "An answer that is none is told as such",
        arguments: [
            "", "[]", "<html>", "{}", #"{"data":null}"#, #"{"data":{}}"#, #"{"data":{"plaintext":7}}"#,
            #"{"data":{"plaintext":""}}"#, #"{"data":{"plaintext":"not base64"}}"#,
            #"{"data":{"plaintext":"AQID"},"data":{"plaintext":"AQID"}}"#,
        ])
    func brokenAnswers(body: String) async throws {
        let script = Script([Self.lookup: [Script.lifelong], Self.decrypt: [(200, body)]])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(error?.code == .answerBroken)
    }

    @Test(
        "A wrapping that is none is told as such",
        arguments: ["{}", #"{"data":{"ciphertext":"AAAA"}}"#, #"{"data":{"ciphertext":["vault:v1:AAAA"]}}"#])
    func brokenWrapping(body: String) async throws {
        let script = Script([
            Self.lookup: [Script.lifelong], Self.key: [Script.key()], Self.encrypt: [(200, body)],
        ])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) { try await provider.wrap(secret, context: context) }
        #expect(error?.code == .answerBroken)
    }

    @Test(
        "Why something does not open is told by the key",
        arguments: [
            (Script.key(), .refused), (Script.key(latest: 3, minimum: 2), .keyDisabled),
            ((404, #"{"errors":[]}"#), .keyMissing), (Script.denied, .refused), ((503, "{}"), .unreachable),
            (Script.key(more: #","soft_deleted":true"#), .keyDisabled), ((200, "{}"), .answerBroken),
        ] as [((status: Int, body: String), ProviderError.Code)])
    func refusals(answer: (status: Int, body: String), code: ProviderError.Code) async throws {
        let script = Script([
            Self.lookup: [Script.lifelong], Self.key: [answer],
            Self.decrypt: [(400, #"{"errors":["cipher: message authentication failed"]}"#)],
        ])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(error?.code == code)
    }

    @Test("A version that the key does not have yet is told")
    func versionAhead() async throws {
        let script = Script([
            Self.lookup: [Script.lifelong], Self.key: [Script.key(latest: 1)],
            Self.decrypt: [(400, #"{"errors":["invalid ciphertext: version is too new"]}"#)],
        ])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Array("vault:v9:AAAA".utf8), context: context)
        }
        #expect(error?.code == .refused && error?.reason.contains("version 9") == true)
    }

    @Test("What is no ciphertext is refused without a question")
    func asksNothing() async throws {
        let script = Script([:])
        let provider = try #require(script.provider())
        let error = await #expect(throws: ProviderError.self) { try await provider.unwrap([1, 2], context: context) }
        #expect(error?.code == .refused && script.seen.isEmpty)
    }

    // MARK: Sessions

    @Test("A token that is refused in the middle of its lease gives way to another, once")
    func refusedToken() async throws {
        let script = Script([
            Self.login: [Script.login("s.one"), Script.login("s.two")],
            Self.decrypt: [Script.plaintext, Script.denied, Script.plaintext],
        ])
        let provider = try #require(script.provider(Script.roleSettings))
        for _ in 0..<2 { _ = try await provider.unwrap(Self.wrapped, context: context) }
        #expect(
            script.seen == [
                .init(request: Self.login), .init(request: Self.decrypt, token: "s.one"),
                .init(request: Self.decrypt, token: "s.one"), .init(request: Self.login),
                .init(request: Self.decrypt, token: "s.two"),
            ])
    }

    @Test("What a new token may not do is not tried with another")
    func refusedAtOnce() async throws {
        let script = Script([Self.login: [Script.login("s.one")], Self.decrypt: [Script.denied]])
        let provider = try #require(script.provider(Script.roleSettings))
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(error?.code == .denied && error?.reason.contains("update on transit/decrypt/signet") == true)
        #expect(script.seen.count == 2)
    }

    @Test("A call after two thirds of the lease renews it, and one after its end logs in anew")
    func renews() async throws {
        let script = Script([
            Self.login: [Script.login("s.one"), Script.login("s.two")], Self.renew: [Script.login("s.one")],
            Self.decrypt: [Script.plaintext],
        ])
        let provider = try #require(script.provider(Script.roleSettings))
        for seconds: Int64 in [0, 39, 2, 39, 60] {
            script.pass(seconds: seconds)
            _ = try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(
            script.seen.map(\.request) == [
                Self.login, Self.decrypt, Self.decrypt, Self.renew, Self.decrypt, Self.decrypt, Self.login,
                Self.decrypt,
            ])
        #expect(script.seen.last?.token == "s.two")
    }

    @Test("A renewal that fails keeps no call from using the token", arguments: [403, 503])
    func failedRenewal(status: Int) async throws {
        let script = Script([
            Self.login: [Script.login("s.one")], Self.renew: [(status, "{}")], Self.decrypt: [Script.plaintext],
        ])
        let provider = try #require(script.provider(Script.roleSettings))
        for seconds: Int64 in [0, 45, 1] {
            script.pass(seconds: seconds)
            #expect(try await provider.unwrap(Self.wrapped, context: context) == secret)
        }
        // Refused, it is not asked for again.
        #expect(script.seen.filter { $0.request == Self.renew }.count == (status == 403 ? 1 : 2))
    }

    @Test("Calls at once log in once")
    func oneLogin() async throws {
        let script = Script([Self.login: [Script.login("s.one")], Self.decrypt: [Script.plaintext]])
        let provider = try #require(script.provider(Script.roleSettings))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { _ = try await provider.unwrap(Self.wrapped, context: self.context) }
            }
            try await group.waitForAll()
        }
        #expect(script.seen.filter { $0.request == Self.login }.count == 1)
    }

    @Test(
        "A login that fails says why",
        arguments: [
            ((400, #"{"errors":["invalid role or secret ID"]}"#), .denied), (Script.denied, .denied),
            ((404, #"{"errors":["no handler for route"]}"#), .keyMissing), ((503, "{}"), .unreachable),
            ((429, "{}"), .throttled), ((200, "{}"), .answerBroken), ((200, #"{"auth":null}"#), .answerBroken),
            (Script.login(""), .answerBroken), (Script.login("a b"), .answerBroken),
            (Script.login("s.one", lease: -1), .answerBroken),
            ((200, #"{"auth":{"client_token":"","mfa_requirement":{}}}"#), .denied),
        ] as [((status: Int, body: String), ProviderError.Code)])
    func failedLogins(answer: (status: Int, body: String), code: ProviderError.Code) async throws {
        let script = Script([Self.login: [answer]])
        let provider = try #require(script.provider(Script.roleSettings))
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(error?.code == code)
    }

    @Test("A complaint that repeats a secret is not repeated", arguments: ["a-secret-id", "s.one"])
    func echoedSecrets(echoed: String) async throws {
        let complaint = (400, #"{"errors":["unknown: \#(echoed)"]}"#)
        let isLogin = echoed == "a-secret-id"
        let script = Script([
            Self.login: [isLogin ? complaint : Script.login("s.one")], Self.decrypt: [complaint],
            Self.key: [Script.key()],
        ])
        let provider = try #require(script.provider(Script.roleSettings))
        let error = await #expect(throws: ProviderError.self) {
            try await provider.unwrap(Self.wrapped, context: context)
        }
        #expect(error?.code == (isLogin ? .denied : .refused))
        #expect(error?.reason.contains(echoed) == false)
    }

    @Test("What was logged in to is left at the end; a token that was given stays")
    func leaves() async throws {
        let answers = [
            Self.login: [Script.login("s.one")], Self.lookup: [Script.lifelong], Self.decrypt: [Script.plaintext],
            "POST auth/token/revoke-self": [(204, "")],
        ]
        for (settings, isLeft) in [(Script.roleSettings, true), (["token": "s.first"], false)] {
            let script = Script(answers)
            let provider = try #require(script.provider(settings))
            _ = try await provider.unwrap(Self.wrapped, context: context)
            await provider.close()
            #expect((script.seen.last?.request == "POST auth/token/revoke-self") == isLeft)
        }
    }

    // MARK: Health

    private static let health = "GET sys/health?standbyok=true&perfstandbyok=true"
    private static let well = (status: 200, body: #"{"initialized":true,"sealed":false}"#)
    private static let nothing = (status: 404, body: #"{"errors":[]}"#)

    @Test("Health is the server's, the token's and the key's; a token that was given is renewed from then on")
    func healthQuestions() async throws {
        let answers = [
            Self.health: [Self.well], Self.lookup: [Script.lifelong], Self.login: [Script.login("s.one")],
            Self.key: [Script.key()],
        ]
        for (settings, first) in [(["token": "s.first"], [Self.lookup]), (Script.roleSettings, [Self.login])] {
            let script = Script(answers)
            let provider = try #require(script.provider(settings))
            for _ in 0..<2 { try await provider.checkHealth() }
            let each = [Self.lookup, Self.key]
            #expect(script.seen.map(\.request) == [Self.health] + first + each + [Self.health] + each)
            #expect(provider.statistics == ProviderStatistics())
        }
    }

    @Test(
        "Health tells of the key what a use of it would",
        arguments: [
            (nothing, .keyMissing), ((404, #"{"errors":["no handler for route"]}"#), .keyMissing),
            (Script.key(more: #","soft_deleted":true"#), .keyDisabled), (Script.key(type: "rsa-3072"), .keyDisabled),
            // A policy without it: a use tells.
            (Script.denied, nil), ((503, "{}"), .unreachable),
        ] as [((status: Int, body: String), ProviderError.Code?)])
    func healthOfKey(answer: (status: Int, body: String), code: ProviderError.Code?) async throws {
        let script = Script([Self.health: [Self.well], Self.lookup: [Script.lifelong], Self.key: [answer]])
        let provider = try #require(script.provider())
        #expect(await KeyPairs.code { try await provider.checkHealth() } == code)
    }

    @Test("A key that nobody has named is missed when something was wrapped by it, and not before")
    func defaultKey() async throws {
        let script = Script([
            Self.health: [Self.well], Self.lookup: [Script.lifelong], "GET transit/keys/signet-health": [Self.nothing],
            Self.key: [Self.nothing],
        ])
        let provider = try #require(script.provider(uses: .tokenKeys))
        try await provider.checkHealth()
        #expect(!script.seen.contains { $0.request == Self.key })
        let error = await #expect(throws: ProviderError.self) { try await provider.wrap(secret, context: context) }
        // A new one opens nothing of what the old one wrapped.
        #expect(error?.code == .keyMissing && error?.reason.contains("backup") == true)
        #expect(await KeyPairs.code { try await provider.checkHealth() } == .keyMissing)
    }

    @Test("A token that the server knew and does not know any more is refused; so is one that it never knew")
    func healthOfToken() async throws {
        for answers in [[Script.lifelong, Script.lifelong, Script.denied], [Script.denied]] {
            let script = Script([
                Self.health: [Self.well], Self.lookup: answers,
                Self.key: answers.count > 1 ? [Script.key(), Script.denied] : [Script.denied],
            ])
            let provider = try #require(script.provider())
            if answers.count > 1 { try await provider.checkHealth() }
            let error = await #expect(throws: ProviderError.self) { try await provider.checkHealth() }
            #expect(error?.code == .denied && error?.reason.contains("revoked") == true)
        }
        // One that may read the key and not look at itself is known by that.
        let script = Script([Self.health: [Self.well], Self.lookup: [Script.denied], Self.key: [Script.key()]])
        let provider = try #require(script.provider())
        for _ in 0..<2 { try await provider.checkHealth() }
    }

    @Test("A login's token that was revoked gives way to another; one that may look at nothing is left alone")
    func healthOfLogin() async throws {
        let script = Script([
            Self.health: [Self.well], Self.login: [Script.login("s.one"), Script.login("s.two")],
            Self.lookup: [Script.lifelong, Script.denied, Script.lifelong],
            Self.key: [Script.key(), Script.denied, Script.key()],
        ])
        let provider = try #require(script.provider(Script.roleSettings))
        for _ in 0..<3 { try await provider.checkHealth() }
        #expect(script.seen.last?.token == "s.two")
        #expect(script.seen.filter { $0.request == Self.login }.count == 2)
        let limited = Script([
            Self.health: [Self.well], Self.login: [Script.login("s.one")], Self.lookup: [Script.denied],
            Self.key: [Script.denied],
        ])
        let other = try #require(limited.provider(Script.roleSettings))
        for _ in 0..<3 { try await other.checkHealth() }
        #expect(limited.seen.filter { $0.request == Self.login }.count == 1)
    }

    @Test("A login that was refused is not repeated for health's sake before five minutes; a use of keys repeats it")
    func healthOfRefusedLogin() async throws {
        let script = Script([
            Self.health: [Self.well], Self.login: [(400, #"{"errors":["invalid role or secret ID"]}"#)],
        ])
        let provider = try #require(script.provider(Script.roleSettings))
        func logins() -> Int { script.seen.filter { $0.request == Self.login }.count }
        for _ in 0..<3 { #expect(await KeyPairs.code { try await provider.checkHealth() } == .denied) }
        #expect(logins() == 1)
        script.pass(seconds: 301)
        for _ in 0..<3 { #expect(await KeyPairs.code { try await provider.checkHealth() } == .denied) }
        #expect(logins() == 2)
        #expect(await KeyPairs.code { _ = try await provider.unwrap(Self.wrapped, context: context) } == .denied)
        #expect(logins() == 3)
    }

    @Test("A token for a number of requests is not spent on health")
    func countedToken() async throws {
        let counted = (status: 200, body: #"{"data":{"num_uses":3,"renewable":false,"ttl":0}}"#)
        let script = Script([Self.health: [Self.well], Self.lookup: [counted]])
        let provider = try #require(script.provider())
        for _ in 0..<3 { try await provider.checkHealth() }
        #expect(script.seen.map(\.request) == [Self.health, Self.lookup, Self.health, Self.health])
    }

    @Test("A token that was revoked is not told to lack a policy, and one that lacks it is")
    func revokedToken() async throws {
        for (answer, word) in [(Script.denied, "revoked"), (Script.lifelong, "a policy of the token must grant")] {
            let script = Script([
                Self.lookup: [Script.lifelong, answer], Self.decrypt: [Script.plaintext, Script.denied],
            ])
            let provider = try #require(script.provider())
            _ = try await provider.unwrap(Self.wrapped, context: context)
            let error = await #expect(throws: ProviderError.self) {
                try await provider.unwrap(Self.wrapped, context: context)
            }
            #expect(error?.code == .denied && error?.reason.contains(word) == true, "\(error as Any)")
        }
    }

    @Test(
        "The server's own health is asked without a token",
        arguments: [
            ((200, #"{"initialized":true,"sealed":false}"#), nil), ((200, "{}"), .answerBroken),
            ((429, #"{"initialized":true}"#), .unreachable), ((429, #"{"errors":["quota"]}"#), .throttled),
            ((472, "{}"), .unreachable), ((473, "{}"), .unreachable), ((501, "{}"), .unreachable),
            ((503, #"{"sealed":true}"#), .unreachable),
        ] as [((status: Int, body: String), ProviderError.Code?)])
    func health(answer: (status: Int, body: String), code: ProviderError.Code?) async throws {
        let script = Script([Self.health: [answer], Self.lookup: [Script.lifelong], Self.key: [Script.key()]])
        let provider = try #require(script.provider())
        do throws(ProviderError) {
            try await provider.checkHealth()
            #expect(code == nil)
        } catch {
            #expect(error.code == code)
            if answer.status == 503 { #expect(error.reason.contains("sealed")) }
        }
        #expect(script.seen.first?.token == nil)
    }
}
