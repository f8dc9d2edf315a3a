import Egress
import Testing

@Suite("Outbound requests")
struct EgressClientTests {
    @Test("An answer's status, fields and body arrive whole")
    func answerArrives() async throws {
        let response = try await exchange(
            .answer("HTTP/1.1 404 Not Found\r\nX-One: a\r\nX-One: b\r\nContent-Length: 5\r\n\r\nhello"))
        #expect(response.status == 404)
        #expect(response.fields.filter { $0.name == "X-One" }.map(\.value) == ["a", "b"])
        #expect(response[field: "x-one"] == "a")
        #expect(response.body == Array("hello".utf8))
    }

    @Test("A redirect is an answer and is not followed", arguments: [301, 302, 303, 307, 308])
    func redirectIsNotFollowed(status: Int) async throws {
        let other = try await CannedServer(.answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"))
        let response = try await exchange(
            .answer("HTTP/1.1 \(status) Elsewhere\r\nLocation: \(other.url)/\r\nContent-Length: 0\r\n\r\n"))
        #expect(response.status == status)
        #expect(response.body.isEmpty)
        await other.close()
    }

    @Test(
        "A body beyond the limit is refused, announced or not",
        arguments: [
            "Content-Length: 101\r\n\r\n" + String(repeating: "x", count: 101),
            "Transfer-Encoding: chunked\r\n\r\n65\r\n" + String(repeating: "x", count: 101) + "\r\n0\r\n\r\n",
        ])
    func bodyIsBounded(rest: String) async throws {
        var limits = EgressLimits()
        limits.responseBytes = 100
        await #expect(throws: EgressError.self) { try await exchange(.answer("HTTP/1.1 200 OK\r\n" + rest), limits) }
        let error = await failure(.answer("HTTP/1.1 200 OK\r\n" + rest), limits)
        #expect(error?.code == .responseTooLarge)
    }

    @Test("A body of exactly the limit is taken")
    func limitIsInclusive() async throws {
        var limits = EgressLimits()
        limits.responseBytes = 5
        let response = try await exchange(.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), limits)
        #expect(response.body.count == 5)
    }

    @Test("A peer that never answers costs no more than the time limit")
    func silenceTimesOut() async throws {
        var limits = EgressLimits()
        limits.timeout = .milliseconds(200)
        let start = ContinuousClock.now
        let error = await failure(.silence, limits)
        #expect(error?.code == .timeout)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("A peer that stops in the middle of its body costs no more than the time limit")
    func trickleTimesOut() async throws {
        var limits = EgressLimits()
        limits.timeout = .milliseconds(200)
        let error = await failure(.answerAndStay("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal"), limits)
        #expect(error?.code == .timeout)
    }

    @Test(
        "A peer that breaks off or speaks something else is no answer",
        arguments: ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "SSH-2.0-OpenSSH_9.2\r\n", ""])
    func brokenAnswer(text: String) async throws {
        let error = await failure(.answer(text))
        #expect(error?.code == .responseBroken)
    }

    @Test("A port where nothing listens is told at once")
    func nothingListens() async throws {
        let server = try await CannedServer(.silence)
        let url = server.url
        await server.close()
        let start = ContinuousClock.now
        let error = await failure(of: url)
        #expect(error?.code == .unreachable)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test(
        "What is no absolute http or https URL is refused before anything is sent",
        arguments: ["", "example.org", "/path", "ftp://example.org/", "unix:/run/x", "http://", "file:///etc/passwd"])
    func urlIsChecked(url: String) async {
        let error = await failure(of: url)
        #expect(error?.code == .urlInvalid)
    }

    @Test("A field value with a line break is refused: it would be a second field")
    func fieldsCannotBeSplit() async throws {
        let server = try await CannedServer(.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        let client = EgressClient(policy: .operatorChosen)
        let request = EgressRequest("GET", server.url, fields: [(name: "X-A", value: "a\r\nX-B: b")])
        var failure: EgressError?
        do { _ = try await client.send(request) } catch { failure = error }
        #expect(failure?.code == .requestInvalid)
        await server.close()
    }

    @Test(
        "A field that frames the message or names its receiver is not the caller's",
        arguments: ["Host", "content-length", "Transfer-Encoding"])
    func framingIsNotTheCallers(name: String) async throws {
        let request = EgressRequest("GET", "http://127.0.0.1:9/", fields: [(name: name, value: "1")])
        let error = await failure(of: request)
        #expect(error?.code == .requestInvalid)
    }

    @Test(
        "A method that is no word is refused: it would be a request of its own",
        arguments: ["", "GET /x", "get", "A\r\nB"])
    func methodIsAWord(method: String) async throws {
        let error = await failure(of: EgressRequest(method, "http://127.0.0.1:9/"))
        #expect(error?.code == .requestInvalid)
    }

    @Test(
        "A head without end, and answers before the answer without end, cost no more than the limit",
        arguments: ["X-A: b\r\n", "X-Long: " + String(repeating: "x", count: 100_000), "HTTP/1.1 100 Go on\r\n\r\n"])
    func headIsBounded(part: String) async throws {
        var limits = EgressLimits()
        limits.headBytes = 1_000
        limits.responseBytes = 1_000
        let opening = part.hasPrefix("HTTP") ? "" : "HTTP/1.1 200 OK\r\n"
        let error = await failure(.answerAndStay(opening + String(repeating: part, count: 1_000)), limits)
        #expect([.responseTooLarge, .responseBroken].contains(error?.code))
    }

    @Test("An answer that changes the protocol is no answer")
    func noUpgrade() async throws {
        let error = await failure(.answerAndStay("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
        #expect(error?.code == .responseBroken)
    }

    @Test("A body that ends with the connection is whole")
    func bodyUntilClose() async throws {
        let response = try await exchange(.answer("HTTP/1.0 200 OK\r\n\r\nhello"))
        #expect(response.body == Array("hello".utf8))
    }

    @Test("An answer to HEAD has a length and no body")
    func headHasNoBody() async throws {
        let server = try await CannedServer(.answerAndStay("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"))
        let response = try await EgressClient(policy: .operatorChosen).send(EgressRequest("HEAD", server.url))
        #expect(response.status == 200)
        #expect(response.body.isEmpty)
        await server.close()
    }

    @Test("Whoever gives up does not wait for the peer")
    func cancellation() async throws {
        let server = try await CannedServer(.silence)
        let task = Task { await failure(of: server.url) }
        try await Task.sleep(for: .milliseconds(50))
        let start = ContinuousClock.now
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(ContinuousClock.now - start < .seconds(5))
        await server.close()
    }

    private func exchange(
        _ behaviour: CannedServer.Behaviour, _ limits: EgressLimits = EgressLimits()
    ) async throws -> EgressResponse {
        let server = try await CannedServer(behaviour)
        let client = EgressClient(policy: .operatorChosen, limits: limits)
        let result: Result<EgressResponse, EgressError>
        do {
            result = .success(try await client.send(EgressRequest("GET", server.url + "/x")))
        } catch {
            result = .failure(error)
        }
        await server.close()
        return try result.get()
    }

    private func failure(
        _ behaviour: CannedServer.Behaviour, _ limits: EgressLimits = EgressLimits()
    ) async -> EgressError? {
        do {
            _ = try await exchange(behaviour, limits)
            return nil
        } catch {
            return error as? EgressError
        }
    }

    private func failure(of url: String) async -> EgressError? { await failure(of: EgressRequest("GET", url)) }

    private func failure(of request: EgressRequest) async -> EgressError? {
        do {
            _ = try await EgressClient(policy: .operatorChosen).send(request)
            return nil
        } catch {
            return error
        }
    }
}
