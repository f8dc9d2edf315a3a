import JOSE
import NIOHTTP1
import Testing

@testable import RemoteJWKS

@Suite("Keys behind a URL")
struct RemoteJWKSTests {
    private let clock = TestClock()

    // MARK: What is refused

    @Test(
        "A URL that is not https on an allowed port is refused before anything is fetched",
        arguments: [
            ("http://a.example/jwks", RemoteJWKSError.Code.destinationRefused),
            ("http://localhost/jwks", .destinationRefused), ("https://a.example:80/", .destinationRefused),
            ("file:///etc/passwd", .urlInvalid), ("https://user:pw@a.example/", .urlInvalid), ("", .urlInvalid),
            ("ftp://a.example/jwks", .urlInvalid), ("https://a.example/#x", .urlInvalid),
        ])
    func badURL(url: String, code: RemoteJWKSError.Code) {
        let error = #expect(throws: RemoteJWKSError.self) { try RemoteJWKS(url: url) }
        #expect(error?.code == code)
        #expect(error?.isUnavailable == false)
    }

    @Test(
        "Addresses inside are refused by default, by number and by name",
        arguments: ["127.0.0.1", "localhost", "[::1]"])
    func insideIsRefusedByDefault(host: String) async throws {
        try await withServer { server in
            server.publish(try Keys.make())
            var configuration = RemoteJWKS.Configuration()
            configuration.ports = [server.port...server.port]
            configuration.trustedAuthorities = try KeyServer.certificate("ca")
            let keys = try RemoteJWKS(url: "https://\(host):\(server.port)/jwks", configuration: configuration)
            #expect(await failure(keys)?.code == .addressRefused)
            #expect(server.requests.isEmpty)
        }
    }

    @Test("A redirect is refused and not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        try await withServer { server in
            try await withServer { other in
                other.publish(try Keys.make())
                server.answer { _ in .answer(status, [("Location", other.url)]) }
                let keys = try remote(server)
                #expect(await failure(keys)?.code == .redirectRefused)
                #expect(other.requests.isEmpty)
            }
        }
    }

    @Test(
        "An answer that is no set is refused",
        arguments: [
            (KeyServer.Reply.answer(404), RemoteJWKSError.Code.statusUnexpected), (.answer(500), .statusUnexpected),
            (.answer(204), .statusUnexpected), (.answer(304), .statusUnexpected),
            (.answer(200, [], Array("<html>".utf8)), .setInvalid), (.answer(200), .setInvalid),
            (.answer(200, [("Content-Encoding", "gzip")], Array(#"{"keys":[]}"#.utf8)), .responseBroken),
        ])
    func badAnswers(reply: KeyServer.Reply, code: RemoteJWKSError.Code) async throws {
        try await withServer { server in
            server.answer { _ in reply }
            let keys = try remote(server)
            let error = await failure(keys)
            #expect(error?.code == code)
            #expect(error?.isUnavailable == true)
        }
    }

    @Test("A set beyond the limit is refused, and one within it is taken")
    func oversize() async throws {
        try await withServer { server in
            let set = Keys.set(try Keys.make())
            server.publish(set)
            let small = try remote(server) { $0.maximumBytes = set.count - 1 }
            #expect(await failure(small)?.code == .responseTooLarge)
            let large = try remote(server) { $0.maximumBytes = set.count }
            #expect(await failure(large) == nil, "\(set.count)")
        }
    }

    @Test("A body that drips and a peer that is silent cost no more than the time limit", arguments: [true, false])
    func slowPeers(isDripping: Bool) async throws {
        try await withServer { server in
            server.answer { _ in isDripping ? .drip : .silence }
            let keys = try remote(server) { $0.timeout = .milliseconds(300) }
            let start = ContinuousClock.now
            #expect(await failure(keys)?.code == .timeout)
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test("A certificate of another authority is refused")
    func untrusted() async throws {
        try await withServer { server in
            let keys = try remote(server) { $0.trustedAuthorities = nil }
            #expect(await failure(keys)?.code == .certificateUntrusted)
        }
    }

    @Test("A port where nothing listens is unreachable, and closed keys answer nothing")
    func nothingThere() async throws {
        // A port that was free a moment ago may be another program's by now; nobody uses this one.
        var configuration = RemoteJWKS.Configuration()
        configuration.allowedPrivateAddresses = ["127.0.0.0/8", "::1"]
        configuration.ports = [1...1]
        let keys = try RemoteJWKS(url: "https://localhost:1/jwks", configuration: configuration)
        #expect(await failure(keys)?.code == .unreachable)
        await keys.close()
        #expect(await failure(keys)?.code == .closed)
    }

    @Test("Closing ends a fetch that runs")
    func closing() async throws {
        try await withServer { server in
            server.answer { _ in .silence }
            let keys = try remote(server)
            async let failed = failure(keys)
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let start = ContinuousClock.now
            await keys.close()
            #expect(await failed?.code == .closed)
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }

    // MARK: What is fetched, and when

    @Test("A hundred look-ups at once are one fetch")
    func singleFlight() async throws {
        try await withServer { server in
            server.publish(try Keys.make())
            let keys = try remote(server)
            let found = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<100 { group.addTask { try await keys.key("a").kid } }
                return try await group.reduce(into: 0) { count, kid in count += kid == "a" ? 1 : 0 }
            }
            #expect(found == 100)
            #expect(server.requests.count == 1)
        }
    }

    @Test("A flood of unknown names brings about one fetch in a cooldown")
    func unknownFlood() async throws {
        try await withServer { server in
            server.publish(try Keys.make())
            let keys = try remote(server)
            _ = try await keys.key("a")
            for round in 1...3 {
                clock.advance(by: .seconds(30))
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        group.addTask { #expect(await failure(keys, "\(round)-\(number)")?.code == .keyNotFound) }
                    }
                }
                #expect(server.requests.count == 1 + round)
            }
        }
    }

    @Test("A key that was just published is found after the cooldown, and not before")
    func rotation() async throws {
        try await withServer { server in
            let (old, new) = (try Keys.make("old"), try Keys.make("new"))
            server.publish(old)
            let keys = try remote(server)
            let token = try Keys.token(new)
            _ = try await keys.key("old")
            server.publish(Keys.set(old, new))
            #expect(await failure(keys, "new")?.code == .keyNotFound)
            clock.advance(by: .seconds(30))
            let payload = try JWS.verify(token, key: try await keys.key(for: token)).payload
            #expect(payload == Array(#"{"sub":"me"}"#.utf8))
            #expect(server.requests.count == 2)
        }
    }

    @Test("A key that was taken out stops verifying with the next fetch")
    func withdrawal() async throws {
        try await withServer { server in
            server.publish(Keys.set(try Keys.make("a"), try Keys.make("b")))
            let keys = try remote(server)
            _ = try await keys.key("b")
            server.publish(try Keys.make("a"))
            clock.advance(by: .seconds(600))
            #expect(await failure(keys, "b")?.code == .keyNotFound)
            _ = try await keys.key("a")
            #expect(server.requests.count == 2)
        }
    }

    @Test("An unchanged set is not sent again, and its mark is")
    func entityTags() async throws {
        try await withServer { server in
            let set = Keys.set(try Keys.make())
            server.answer { head in
                head.headers["If-None-Match"] == ["\"v1\""]
                    ? .answer(304, [("Cache-Control", "max-age=100")]) : .answer(200, [("ETag", "\"v1\"")], set)
            }
            let keys = try remote(server)
            _ = try await keys.key("a")
            #expect(server.requests[0].headers["If-None-Match"].isEmpty)
            clock.advance(by: .seconds(600))
            _ = try await keys.key("a")
            #expect(server.requests.count == 2)
            #expect(keys.status.counts.notModified == 1)
            #expect(keys.status.isFresh)
            clock.advance(by: .seconds(101))
            _ = try await keys.key("a")
            #expect(server.requests.count == 3)
        }
    }

    @Test(
        "A mark that could not be sent back as it is is not kept",
        arguments: ["v1", "\"\u{e9}\"", "\"" + String(repeating: "x", count: 300) + "\""])
    func oddTags(tag: String) async throws {
        try await withServer { server in
            let set = Keys.set(try Keys.make())
            server.answer { _ in .answer(200, [("ETag", tag)], set) }
            let keys = try remote(server)
            _ = try await keys.key("a")
            clock.advance(by: .seconds(600))
            _ = try await keys.key("a")
            #expect(server.requests.count == 2)
            #expect(server.requests.allSatisfy { $0.headers["If-None-Match"].isEmpty })
        }
    }

    @Test("A set is renewed in the background before it expires, and nobody waits")
    func refreshAhead() async throws {
        try await withServer { server in
            server.publish(try Keys.make())
            let keys = try remote(server)
            _ = try await keys.key("a")
            server.answer { _ in .silence }
            clock.advance(by: .seconds(500))
            let start = ContinuousClock.now
            for _ in 0..<100 { _ = try await keys.key("a") }
            #expect(ContinuousClock.now - start < .seconds(2))
            while server.requests.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.requests.count == 2)
            await keys.close()
        }
    }

    @Test("An outage is bridged for a bounded time, and then nothing is verified")
    func outage() async throws {
        try await withServer { server in
            server.publish(try Keys.make())
            let keys = try remote(server)
            _ = try await keys.key("a")
            server.answer { _ in .answer(503) }
            clock.advance(by: .seconds(600))
            _ = try await keys.key("a")
            #expect(!keys.status.isFresh && keys.status.isUsable)
            #expect(keys.status.lastFailure?.code == .statusUnexpected)
            #expect(await failure(keys, "x")?.isUnavailable == true)
            clock.advance(by: .seconds(3599))
            _ = try await keys.key("a")
            clock.advance(by: .seconds(1))
            #expect(await failure(keys)?.code == .statusUnexpected)
            server.publish(try Keys.make())
            clock.advance(by: .seconds(60))
            _ = try await keys.key("a")
        }
    }

    @Test("An outage at the start costs few attempts, however many ask")
    func outageAtTheStart() async throws {
        try await withServer { server in
            server.answer { _ in .answer(500) }
            let keys = try remote(server)
            for _ in 0..<60 {
                for _ in 0..<20 { #expect(await failure(keys)?.code == .statusUnexpected) }
                clock.advance(by: .seconds(1))
            }
            #expect((4...10).contains(server.requests.count))
        }
    }

    @Test("Host and Accept name what is asked for, and no body comes compressed")
    func requestFields() async throws {
        try await withServer { server in
            server.publish(try Keys.make())
            _ = try await remote(server).key("a")
            let request = try #require(server.requests.first)
            #expect(request.uri == "/jwks" && request.method == .GET)
            #expect(request.headers["Host"] == ["localhost:\(server.port)"])
            #expect(request.headers["Accept-Encoding"] == ["identity"])
            #expect(request.headers["Accept"].first?.hasPrefix("application/jwk-set+json") == true)
        }
    }

    @Test("A token without a name needs a set of one nameless key, and one that can't be read has none")
    func tokens() async throws {
        try await withServer { server in
            let key = try Keys.make(nil)
            server.publish(key)
            let keys = try remote(server)
            let token = try Keys.token(key)
            _ = try JWS.verify(token, key: try await keys.key(for: token))
            await #expect(throws: RemoteJWKSError.self) { try await keys.key(for: Keys.token(Keys.make("b"))) }
            await #expect(throws: JOSEError.self) { try await keys.key(for: "x.y.z") }
            let number = Base64URL.encode(Array(#"{"alg":"ES256","kid":7}"#.utf8))
            await #expect(throws: JOSEError.self) { try await keys.key(for: number + ".e30.AA") }
        }
    }

    // MARK: Support

    private func withServer(_ body: (KeyServer) async throws -> Void) async throws {
        let server = try await KeyServer { _ in .answer(404) }
        do {
            try await body(server)
            await server.close()
        } catch {
            await server.close()
            throw error
        }
    }

    private func remote(
        _ server: KeyServer, _ change: (inout RemoteJWKS.Configuration) -> Void = { _ in }
    ) throws -> RemoteJWKS {
        var configuration = RemoteJWKS.Configuration()
        configuration.allowedPrivateAddresses = ["127.0.0.0/8", "::1"]
        configuration.ports = [server.port...server.port]
        configuration.trustedAuthorities = try KeyServer.certificate("ca")
        change(&configuration)
        return try RemoteJWKS(url: server.url, configuration: configuration, now: { clock.now })
    }
}

private func failure(_ keys: RemoteJWKS, _ kid: String? = "a") async -> RemoteJWKSError? {
    do {
        _ = try await keys.key(kid)
        return nil
    } catch {
        return error
    }
}
