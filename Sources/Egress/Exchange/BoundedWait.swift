import NIOCore
import NIOPosix

/// Waits that end together: at one deadline, or when the caller gives up.
struct BoundedWait {
    private let limit: Duration
    private let deadline: NIODeadline

    init(_ limit: Duration) {
        self.limit = limit
        deadline = .now() + TimeAmount(limit)
    }

    /// An equal part of the time that is left, for one of `count` attempts.
    func share(of count: Int) -> TimeAmount {
        .nanoseconds(max(deadline - .now(), .zero).nanoseconds / Int64(max(count, 1)))
    }

    /// What `start` promises, unless the time is over first. Who fulfils the promise later is not heard any more.
    func value<Value: Sendable>(
        _ start: (EventLoopPromise<Value>) -> Void
    ) async throws(EgressError) -> Value {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Value.self)
        let timer = loop.scheduleTask(deadline: deadline) { [limit] in
            promise.fail(EgressError(.timeout, "no complete answer within \(limit)"))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        start(promise)
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                promise.fail(EgressError(.cancelled, "the request was cancelled"))
            }
        } catch let error as EgressError {
            throw error
        } catch {
            throw EgressError(.responseBroken, "the exchange failed: \(type(of: error))")
        }
    }
}
