import Store
import Synchronization

/// A clock that stands still until a test moves it.
final class TestClock: Sendable {
    private let moment = Mutex(Timestamp(seconds: 1_790_000_000))

    var wallClock: WallClock { WallClock { self.now } }

    var now: Timestamp { moment.withLock { $0 } }

    func advance(seconds: Int64) {
        moment.withLock { $0 = $0 + seconds }
    }
}
