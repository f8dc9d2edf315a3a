import Testing

@testable import KeyProviders

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    @Test("Five failures in a row refuse calls for ten seconds; then one call decides")
    func opens() {
        var breaker = CircuitBreaker()
        for time: Int64 in 0..<5 { breaker.noteFailure(at: time) }
        #expect(!breaker.isClosed)
        let first = [10_003, 10_004, 10_005].map { breaker.admits(at: $0) }
        #expect(first == [false, true, false])
        breaker.noteFailure(at: 10_006)
        let second = [20_005, 20_006].map { breaker.admits(at: $0) }
        #expect(second == [false, true])
        breaker.noteAnswer()
        #expect(breaker.isClosed)
        let last = [20_007, 20_007].map { breaker.admits(at: $0) }
        #expect(last == [true, true])
    }

    @Test("An answer in between begins the count anew")
    func answerEndsTheRow() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.noteFailure(at: 0) }
        breaker.noteAnswer()
        for _ in 0..<4 { breaker.noteFailure(at: 0) }
        #expect(breaker.isClosed)
    }

    @Test("What tells nothing neither ends the row nor adds to it, and leaves the decision to the next call")
    func noVerdict() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.noteFailure(at: 0) }
        breaker.noteNothing(at: 0)
        #expect(breaker.isClosed)
        breaker.noteFailure(at: 0)
        #expect(!breaker.isClosed)
        breaker.noteNothing(at: 1)
        let answers = [1, 10_000, 10_001].map { breaker.admits(at: $0) }
        #expect(answers == [false, true, false])
        breaker.noteNothing(at: 10_002)
        #expect(!breaker.isClosed)
        let next = [10_002, 10_003].map { breaker.admits(at: $0) }
        #expect(next == [true, false])
    }

    @Test("A probe whose caller went away is replaced")
    func lostProbe() {
        var breaker = CircuitBreaker()
        for _ in 0..<5 { breaker.noteFailure(at: 0) }
        let answers = [10_000, 19_999, 20_000].map { breaker.admits(at: $0) }
        #expect(answers == [true, false, true])
    }
}
