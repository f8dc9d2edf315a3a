import HTTPTypes
import JOSE
import KeyManagement
import Problems
import Resources
import Store
import Testing

@testable import Admin

@Suite("Keys, revocations and audit of the admin API")
struct AdminKeyTests {
    @Test("lists key versions without any private half")
    func list() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let symmetric = Sample.api("sym", more: #", "token": {"profile": "symmetric"}"#)
        _ = try await sandbox.send(.put, "apis/sym", #"{"spec": \#(symmetric)}"#)
        let answer = try await sandbox.send(.get, "keys")
        let items = try #require(answer.json?["items"]?.arrayValue)
        #expect(items.count == 4)
        #expect(items.allSatisfy { $0["state"]?.stringValue == "active" })
        for item in items {
            let members = Set(item["public_jwk"]?.objectValue?.names ?? [])
            #expect(members.isDisjoint(with: ["d", "k", "p", "q", "dp", "dq", "qi"]))
        }
        #expect(items.filter { $0["public_jwk"] == nil }.count == 2)
    }

    @Test("rotates one ring or all of them")
    func rotate() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let one = try await sandbox.send(.post, "keys/rotate", #"{"ring": "issuer/access-signing/ES256"}"#)
        #expect(one.json?["items"]?.arrayValue?.map { $0["number"]?.integerValue } == [2])
        let all = try await sandbox.send(.post, "keys/rotate", #"{"ring": "all"}"#)
        #expect(all.json?["items"]?.arrayValue?.count == 2)
        let states = try await sandbox.send(.get, "keys").json?["items"]?.arrayValue?.compactMap {
            $0["state"]?.stringValue
        }
        #expect(states?.filter { $0 == "active" }.count == 2)
        #expect(states?.filter { $0 == "retiring" }.count == 3)
    }

    @Test("tells what a device says, and whether trying again helps", arguments: ProviderError.Code.allCases)
    func device(code: ProviderError.Code) throws {
        let error = ProviderError(code, "what to do")
        let problem = try #require(AdminFailure.problem(error) as? Problem)
        let isTransient = [.unreachable, .throttled].contains(code)
        #expect(problem.code == (isTransient ? .keysUnavailable : .conflict))
        #expect(String(decoding: problem.json(), as: UTF8.self).contains("\(code.rawValue): what to do"))
        #expect(AdminFailure.isForTheLog(error))
    }

    @Test("refuses to export a damaged key, and says that it is damaged")
    func damaged() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let kid = try #require(try await sandbox.keys.list().first).kid
        try await sandbox.database.write {
            let sql = "UPDATE key_version SET sealed = CAST(sealed || 'x' AS BLOB) WHERE kid = ?"
            try $0.execute(sql, [.text(kid)])
        }
        let recipient = try #require(try JWK.generate(algorithm: "ECDH-ES").publicJWK())
        let body: JSONValue = ["wrap_to": .object(recipient.object(includingPrivate: false))]
        let answer = try await sandbox.send(
            .post, "keys/\(kid)/export", body.serializedString(pretty: false))
        #expect(answer.status == 409 && answer.code == "conflict")
        #expect(answer.json?["detail"]?.stringValue?.hasPrefix("seal-broken: the private key of key_version") == true)
    }

    @Test("revokes a key version, with or without a reason")
    func revokeKey() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let kids = try await sandbox.keys.list().map(\.kid)
        #expect(try await sandbox.send(.post, "keys/\(kids[0])/revoke").status == 204)
        #expect(try await sandbox.send(.post, "keys/\(kids[1])/revoke", #"{"reason": "leaked"}"#).status == 204)
        let revoked = try await sandbox.keys.list().filter { $0.state == .revoked }.map(\.kid)
        #expect(Set(revoked) == Set(kids))
        #expect(try await sandbox.send(.get, "audit").text.contains("leaked"))
    }

    @Test("takes a key version out of use the same way, by its own path or as a revocation", arguments: [false, true])
    func revokeByKid(asRevocation: Bool) async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let old = try #require(try await sandbox.keys.list().first { $0.ring.purpose == .accessSigning })
        let answer =
            asRevocation
            ? try await sandbox.send(
                .post, "revocations", #"{"kind": "kid", "value": "\#(old.kid)", "reason": "leaked"}"#)
            : try await sandbox.send(.post, "keys/\(old.kid)/revoke", #"{"reason": "leaked"}"#)
        #expect(answer.status == (asRevocation ? 201 : 204))
        let ring = try await sandbox.keys.list().filter { $0.ringID == old.ringID }
        #expect(ring.map(\.state) == [.revoked, .active])
        let published = try await sandbox.keys.load().publishedJWKS
        #expect(published.keys.map(\.kid) == [ring[1].kid])
        #expect(try await sandbox.revocations.load().contains(kid: old.kid, issuedAt: 0))
        let items = try await sandbox.send(.get, "revocations").json?["items"]?.arrayValue
        #expect(items?.compactMap { $0["value"]?.stringValue } == [old.kid])
        let audit = try await sandbox.send(.get, "audit?limit=3").json?["items"]?.arrayValue
        #expect(audit?.compactMap { $0["action"]?.stringValue } == ["key.rotate", "key.revoke", "revocation.add"])
    }

    @Test("refuses to revoke by a kid that no key has, and records nothing", arguments: ["nothing", "not a kid"])
    func revokeUnknownKid(kid: String) async throws {
        let sandbox = try await Sandbox()
        let answer = try await sandbox.send(.post, "revocations", #"{"kind": "kid", "value": "\#(kid)"}"#)
        #expect(answer.status == 404)
        #expect(answer.code == "resource-not-found")
        #expect(try await sandbox.send(.get, "revocations").json?["items"]?.arrayValue == [])
    }

    @Test("refuses to revoke the tokens of a client or API that there is not", arguments: ["client", "api"])
    func revokeUnknown(kind: String) async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let answer = try await sandbox.send(.post, "revocations", #"{"kind": "\#(kind)", "value": "Reporter"}"#)
        #expect(answer.status == 404)
        #expect(answer.code == "resource-not-found")
        #expect(try await sandbox.send(.get, "revocations").json?["items"]?.arrayValue == [])
    }

    @Test("has a revocation in force when it answers, and lists it")
    func revoke() async throws {
        let sandbox = try await Sandbox()
        let answer = try await sandbox.send(
            .post, "revocations", #"{"kind": "subject", "value": "alice", "reason": "left"}"#)
        #expect(answer.status == 201)
        #expect(answer.json?["not_before"]?.stringValue?.hasSuffix("Z") == true)
        #expect(try await sandbox.revocations.load().contains(subject: "alice", issuedAt: 0))
        let token = try await sandbox.send(.post, "revocations", #"{"kind": "jti", "value": "j1"}"#)
        #expect(token.json?["not_before"] == nil)
        let items = try await sandbox.send(.get, "revocations").json?["items"]?.arrayValue
        #expect(items?.compactMap { $0["value"]?.stringValue } == ["j1", "alice"])
        #expect(items?.last?["reason"]?.stringValue == "left")
    }

    @Test("writes who did what into the audit log, newest first")
    func audit() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let items = try #require(try await sandbox.send(.get, "audit").json?["items"]?.arrayValue)
        let lines = items.map { "\($0["actor"]?.stringValue ?? "") \($0["action"]?.stringValue ?? "")" }
        #expect(
            lines == [
                "admin client.secret", "admin resource.create", "admin resource.create", "admin key.create",
                "admin key.create", "system credential.create", "system credential.create", "system data-key.create",
            ])
        #expect(items[1]["detail"]?["revision"]?.integerValue == 1)
        #expect(items.compactMap { $0["sequence"]?.integerValue } == [8, 7, 6, 5, 4, 3, 2, 1])
    }

    @Test(
        "writes moments as RFC 3339",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_795_463_197_250, "2026-11-23T19:46:37.250Z"),
        ] as [(Int64, String)])
    func moments(milliseconds: Int64, text: String) {
        #expect(RFC3339.text(.init(milliseconds: milliseconds)) == text)
    }
}
