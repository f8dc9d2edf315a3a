import Logging
import Synchronization
import Testing

@testable import Monitoring

@Suite struct UsageDrainTests {
    private func drain(_ recorder: UsageRecorder, _ lines: LineCollector = LineCollector()) -> (
        UsageDrain, MetricsRegistry
    ) {
        let registry = MetricsRegistry()
        let logger = Logger(label: "test") { JSONLogHandler(label: $0, sink: lines.sink, now: { 0 }) }
        return (UsageDrain(recorder: recorder, metrics: registry, logger: logger), registry)
    }

    @Test func eventsBecomeMetricsByApiStatusAndOutcome() throws {
        let recorder = UsageRecorder(loops: 2)
        var event = UsageEvent()
        event.api = recorder.names.number(of: "orders")
        event.status = 204
        event.guarded = .cached
        event.totalMicroseconds = 900
        event.responseBytes = 12
        try #require(recorder.ring(loop: 0)).push(event)
        event.status = 401
        event.outcome = .refused
        event.guarded = .refused
        event.problem = recorder.names.number(of: "token-invalid")
        try #require(recorder.ring(loop: 1)).push(event)
        let (drain, registry) = drain(recorder)
        drain.drainOnce()
        let text = registry.prometheusText()
        #expect(
            text.contains(
                #"signet_gateway_requests_total{api="orders",outcome="forwarded",status="2xx"} 1"#))
        #expect(
            text.contains(#"signet_gateway_requests_total{api="orders",outcome="refused",status="4xx"} 1"#))
        #expect(text.contains(#"signet_gateway_problems_total{code="token-invalid"} 1"#))
        #expect(text.contains(#"signet_gateway_guard_total{api="orders",guard="cached"} 1"#))
        #expect(text.contains(#"signet_gateway_response_bytes_total{api="orders"} 24"#))
        #expect(text.contains(#"signet_gateway_request_seconds_count{api="orders"} 2"#))
    }

    @Test func aRefusalIsLoggedWithItsPreciseReasonAndRequestID() {
        let recorder = UsageRecorder(loops: 1)
        let lines = LineCollector()
        recorder.refusals.append(
            RefusalRecord(
                requestID: RequestID(high: 1, low: 2), code: "token-invalid", reason: "key-not-found",
                trail: ["route", "key: key-not-found"], status: 401, api: "orders"))
        drain(recorder, lines).0.drainOnce()
        let line = lines.all.first ?? ""
        #expect(line.contains(#""message":"request refused""#))
        #expect(line.contains(#""reason":"key-not-found""#))
        #expect(line.contains(#""request_id":"00000000000000010000000000000002""#))
        #expect(line.contains(#""trail":["route","key: key-not-found"]"#))
    }

    @Test func aFloodOfRefusalsIsCountedInOneLine() {
        let recorder = UsageRecorder(loops: 1)
        let lines = LineCollector()
        let record = RefusalRecord(
            requestID: RequestID(high: 0, low: 0), code: "token-invalid", reason: "x", status: 401)
        for _ in 0..<1000 where recorder.refusals.admits() { recorder.refusals.append(record) }
        drain(recorder, lines).0.drainOnce()
        #expect(lines.all.count == 21)
        #expect(lines.all.last?.contains(#""message":"refusals not logged","count":"980""#) == true)
    }

    @Test func theServiceDrainsOnceMoreWhenItEnds() async throws {
        let recorder = UsageRecorder(loops: 1)
        let (drain, registry) = drain(recorder)
        let service = Task { try await drain.run() }
        try await Task.sleep(for: .milliseconds(20))
        try #require(recorder.ring(loop: 0)).push(UsageEvent())
        service.cancel()
        try await service.value
        #expect(registry.prometheusText().contains("signet_gateway_requests_total"))
    }
}

/// Collects log lines.
final class LineCollector: Sendable {
    private let lines = Mutex<[String]>([])

    var sink: JSONLogHandler.Sink {
        { [self] line in lines.withLock { $0.append(line) } }
    }

    var all: [String] { lines.withLock { $0 } }
}
