import HTTPTypes
import JOSE
import Testing

@testable import Admin

@Suite("One resource of the admin API")
struct AdminResourceTests {
    @Test("is created with 201, replaced with 200, and carries its revision as ETag")
    func put() async throws {
        let sandbox = try await Sandbox()
        let created = try await sandbox.send(.put, "apis/orders", #"{"spec": \#(Sample.api("orders"))}"#)
        #expect(created.status == 201)
        #expect(created.headers[.eTag] == "\"1\"")
        #expect(created.json?["spec"]?["token"]?["signing"]?.stringValue == "ES256")
        let same = try await sandbox.send(.put, "apis/orders", #"{"spec": \#(Sample.api("orders"))}"#)
        #expect(same.status == 200)
        #expect(same.headers[.eTag] == "\"1\"")
        let changed = try await sandbox.send(
            .put, "apis/orders", #"{"spec": \#(Sample.api("orders", more: #", "forward": "none""#))}"#)
        #expect(changed.headers[.eTag] == "\"2\"")
        #expect(try await sandbox.send(.get, "apis/orders").json?["spec"]?["forward"]?.stringValue == "none")
        let revisions = try await sandbox.send(.get, "apis/orders/revisions")
        #expect(revisions.json?["items"]?.arrayValue?.compactMap { $0["revision"]?.integerValue } == [2, 1])
    }

    @Test("can be read, and sent back as it was read")
    func roundTrip() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        for path in ["apis/orders", "clients/reporter"] {
            let read = try await sandbox.send(.get, path)
            let written = try await sandbox.send(.put, path, read.text)
            #expect(written.status == 200)
            #expect(written.json == read.json)
        }
    }

    @Test("gives a new client's secret once")
    func secret() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.send(.put, "apis/orders", #"{"spec": \#(Sample.api("orders"))}"#)
        let created = try await sandbox.send(.put, "clients/reporter", #"{"spec": \#(Sample.client)}"#)
        let secret = try #require(created.json?["client_secret"]?.stringValue)
        #expect(secret.utf8.count == 43)
        #expect(try await sandbox.send(.get, "clients/reporter").json?["client_secret"] == nil)
        #expect(
            try await sandbox.send(.put, "clients/reporter", #"{"spec": \#(Sample.client)}"#).json?["client_secret"]
                == nil)
        let renewed = try await sandbox.send(.post, "clients/reporter/secret")
        #expect(renewed.status == 200)
        #expect(renewed.json?["client_secret"]?.stringValue != secret)
        for path in ["audit", "clients/reporter/revisions", "export"] {
            #expect(try await !sandbox.send(.get, path).text.contains(secret))
        }
    }

    static let conditions: [(HTTPFields, Int)] = [
        ([.ifMatch: "\"1\""], 200), ([.ifMatch: "*"], 200), ([.ifMatch: "\"2\""], 412), ([.ifNoneMatch: "*"], 412),
        ([.ifMatch: "W/\"1\""], 400), ([.ifMatch: "1"], 400), ([.ifMatch: "\"1\", \"2\""], 400),
        ([.ifNoneMatch: "\"1\""], 400), ([.ifMatch: "*", .ifNoneMatch: "*"], 400), ([.ifMatch: "\"-1\""], 400),
    ]

    @Test("is changed only under the condition that the caller sets", arguments: conditions)
    func isConditional(headers: HTTPFields, status: Int) async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let body = #"{"spec": \#(Sample.api("orders", more: #", "forward": "none""#))}"#
        let answer = try await sandbox.send(.put, "apis/orders", body, headers: headers)
        #expect(answer.status == status)
        let forward = try await sandbox.send(.get, "apis/orders").json?["spec"]?["forward"]?.stringValue
        #expect(forward == (status == 200 ? "none" : "claims"))
    }

    @Test("that is missing fails If-Match and passes If-None-Match")
    func missing() async throws {
        let sandbox = try await Sandbox()
        let body = #"{"spec": \#(Sample.api("orders"))}"#
        for tag in ["*", "\"1\""] {
            let answer = try await sandbox.send(.put, "apis/orders", body, headers: [.ifMatch: tag])
            #expect(answer.code == "precondition-failed")
        }
        #expect(try await sandbox.send(.put, "apis/orders", body, headers: [.ifNoneMatch: "*"]).status == 201)
    }

    @Test("sent with the revision that was read is refused when it has changed since")
    func staleBody() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let read = try await sandbox.send(.get, "apis/orders")
        _ = try await sandbox.send(
            .put, "apis/orders", #"{"spec": \#(Sample.api("orders", more: #", "forward": "none""#))}"#)
        #expect(try await sandbox.send(.put, "apis/orders", read.text).code == "precondition-failed")
    }

    @Test("that others refer to is not deleted; alone it is, and its tokens are revoked")
    func delete() async throws {
        let sandbox = try await Sandbox()
        _ = try await sandbox.applySample()
        let refused = try await sandbox.send(.delete, "apis/orders")
        #expect(refused.code == "conflict")
        #expect(refused.json?["detail"]?.stringValue?.contains("Client reporter") == true)
        #expect(try await sandbox.send(.delete, "clients/reporter", headers: [.ifMatch: "\"9\""]).status == 412)
        let deleted = try await sandbox.send(.delete, "clients/reporter")
        #expect(deleted.status == 204)
        #expect(deleted.text.isEmpty)
        #expect(try await sandbox.send(.delete, "apis/orders").status == 204)
        let revocations = try await sandbox.send(.get, "revocations").json?["items"]?.arrayValue
        #expect(revocations?.compactMap { $0["kind"]?.stringValue } == ["api", "client"])
    }

    @Test("is listed in pages that together are the whole list")
    func pages() async throws {
        let sandbox = try await Sandbox()
        let names = (0..<7).map { "api-\($0)" }
        for name in names { _ = try await sandbox.send(.put, "apis/\(name)", #"{"spec": \#(Sample.api(name))}"#) }
        for (path, expected) in [("apis", 7), ("keys", 8), ("audit", 0), ("apis/api-3/revisions", 1)] {
            var found: [JSONValue] = []
            var cursor: String?
            var pages = 0
            repeat {
                let query = "?limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await sandbox.send(.get, path + query)
                let items = try #require(page.json?["items"]?.arrayValue)
                #expect(items.count <= 3)
                found += items
                cursor = page.json?["next"]?.stringValue
                pages += 1
            } while cursor != nil && pages < 100
            let whole = try await sandbox.send(.get, path + "?limit=1000").json?["items"]?.arrayValue
            #expect(found == whole)
            if expected > 0 { #expect(found.count == expected) }
        }
    }
}
