import HTTPEngine
import JOSE
import Monitoring
import Resources
import Store
import Synchronization
import Testing

@testable import Gateway

/// Slow tokens on the real engine: the request waits, the loop does not.
@Suite(.serialized) struct ParkingTests {
    /// A gateway on one loop, without a store, in front of an echoing upstream.
    private struct Rig {
        let engine: Engine
        let upstream: TestUpstream
        let listener: TestSocket
        let port: UInt16
        let usage: UsageRecorder
        let slow: String
        let otherSlow: String
        let fast: String

        init(jobs: TokenJobs, deadline: Duration = .seconds(5)) throws {
            var world = try TestWorld()
            upstream = try TestUpstream()
            let rsa = try JWK.generate(algorithm: "RSA-OAEP-256")
            world.apis[0].encryption = try EncryptionKey(rsa)
            world.apis[0].decryption = [try DecryptionKey(rsa)]
            world.apis[0].spec.token.encryption = .rsaOAEP256
            world.apis[0].spec.token.curve = nil
            for index in world.apis.indices {
                world.apis[index].spec.upstreams = [Upstream(host: "127.0.0.1", port: Int(upstream.port))]
            }
            let now = WallClock.system.now().seconds
            func claims(_ api: String, jti: String = "token-1") -> JSONObject {
                TestWorld.claims(for: "https://\(api).example") {
                    $0["jti"] = .string(jti)
                    $0["iat"] = .integer(now)
                    $0["exp"] = .integer(now + 300)
                    $0["scope"] = .string("\(api).read")
                }
            }
            slow = try world.token(claims("orders"), api: 0)
            otherSlow = try world.token(claims("orders", jti: "token-2"), api: 0)
            fast = try world.token(claims("bills"), api: 1)
            (listener, port) = try TestSocket.listener(nonBlocking: true)
            let usage = UsageRecorder(loops: 1)
            self.usage = usage
            let cell = SnapshotCell(try world.snapshot())
            var configuration = GatewayConfiguration(issuer: TestWorld.issuer, publicURL: "http://127.0.0.1")
            configuration.tokenJobDeadline = deadline
            engine = Engine(
                configuration: EngineConfiguration(), upstreams: world.directory, listeners: [listener.descriptor]
            ) { [configuration] loop in
                GatewayHandler(
                    GatewayLoop(
                        configuration: configuration, cell: cell,
                        jobs: TokenWorkplaces(threads: jobs, device: .testByDevice()), usage: usage, loop: loop.index,
                        maxConnections: loop.maxConnections))
            }
            try engine.start()
        }

        func send(_ path: String, _ token: String) throws -> TestSocket {
            let socket = try TestSocket.connect(port)
            socket.write("GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
            return socket
        }

        func stop() async {
            await engine.stop()
            upstream.stop()
            listener.close()
        }
    }

    @Test func aParkedGuardPassesWhenItsJobIsDone() async throws {
        let rig = try Rig(jobs: TokenJobs.test(limit: 4, threads: 1))
        let first = try rig.send("/orders/1", rig.slow).message()
        #expect(first.hasPrefix("HTTP/1.1 200"))
        #expect(first.contains("X-Signet-Subject: reporter"))
        // Now it is cached: the second needs no job.
        #expect(try rig.send("/orders/1", rig.slow).message().hasPrefix("HTTP/1.1 200"))
        #expect(try rig.send("/orders/1", rig.slow + "A").message().contains("token-invalid"))
        await rig.stop()
        var guards: [UsageEvent.Guard] = []
        rig.usage.drain { guards.append($0.guarded) }
        #expect(guards == [.parked, .cached, .refused])
    }

    @Test func theLoopServesOthersWhileOneIsParked() async throws {
        let gate = Gate()
        let jobs = TokenJobs.test(limit: 4, threads: 1) { job in
            gate.wait()
            return TokenJobs.open(job)
        }
        let rig = try Rig(jobs: jobs)
        let parked = try rig.send("/orders/1", rig.slow)
        let other = try rig.send("/bills", rig.fast).message()
        #expect(other.hasPrefix("HTTP/1.1 200"))
        gate.open()
        #expect(parked.message().hasPrefix("HTTP/1.1 200"))
        await rig.stop()
    }

    @Test func aSlowTokenThatArrivesManyTimesIsOpenedOnce() async throws {
        let gate = Gate()
        let opened = Mutex(0)
        let jobs = TokenJobs.test(limit: 4, threads: 2) { job in
            opened.withLock { $0 += 1 }
            gate.wait()
            return TokenJobs.open(job)
        }
        let rig = try Rig(jobs: jobs)
        let sockets = try (0..<16).map { _ in try rig.send("/orders/1", rig.slow) }
        while jobs.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
        // The loop is one thread: what answers now has let the others in before.
        #expect(try rig.send("/bills", rig.fast).message().hasPrefix("HTTP/1.1 200"))
        gate.open()
        for socket in sockets { #expect(socket.message().hasPrefix("HTTP/1.1 200")) }
        #expect(opened.withLock { $0 } == 1)
        await rig.stop()
    }

    @Test func asManyTokensAreOpenedAtOnceAsThereAreThreads() async throws {
        let running = Mutex(0)
        let gate = Gate()
        let jobs = TokenJobs.test(threads: 2) { job in
            running.withLock { $0 += 1 }
            gate.wait()
            return TokenJobs.open(job)
        }
        let rig = try Rig(jobs: jobs)
        let sockets = try [rig.slow, rig.otherSlow].map { try rig.send("/orders/1", $0) }
        while running.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(1)) }
        gate.open()
        for socket in sockets { #expect(socket.message().hasPrefix("HTTP/1.1 200")) }
        await rig.stop()
    }

    @Test func thereAreSeveralThreadsUnlessTheOperatorSaysOtherwise() {
        #expect(GatewayConfiguration(issuer: TestWorld.issuer, publicURL: "http://127.0.0.1").tokenJobThreads >= 2)
    }

    @Test func aFullQueueAndALateJobAreOverloaded() async throws {
        let gate = Gate()
        let jobs = TokenJobs.test(limit: 1, threads: 1) { job in
            gate.wait()
            return TokenJobs.open(job)
        }
        let rig = try Rig(jobs: jobs, deadline: .milliseconds(300))
        let late = try rig.send("/orders/1", rig.slow)
        while jobs.waiting == 0 { try await Task.sleep(for: .milliseconds(1)) }
        let full = try rig.send("/orders/1", rig.otherSlow).message()
        #expect(full.hasPrefix("HTTP/1.1 503"))
        #expect(full.contains("overloaded") && full.contains("request_id"))
        let answer = late.message()
        #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("overloaded"))
        gate.open()
        await rig.stop()
    }
}
