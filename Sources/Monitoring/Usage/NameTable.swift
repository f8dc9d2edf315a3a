import Synchronization

/// A number for a name, so that events carry four bytes instead of a reference-counted string.
///
/// Numbers are given when the snapshot is built (names of APIs, routes, clients, refusal reasons) and looked up when
/// events are drained; neither is on the data path. Zero means "none". The table is bounded; when it is full, new
/// names share the number of `other`.
package final class NameTable: Sendable {
    private let capacity: Int
    private let state: Mutex<State>

    private struct State {
        var numbers: [String: UInt32] = ["": 0, "other": 1]
        var names: [String] = ["", "other"]
    }

    /// The number of names that do not fit.
    package static let other: UInt32 = 1

    package init(capacity: Int = 1 << 20) {
        self.capacity = capacity
        state = Mutex(State())
    }

    /// The number of `name`, the same for the life of the table.
    package func number(of name: String) -> UInt32 {
        state.withLock { state in
            if let known = state.numbers[name] { return known }
            guard state.names.count < capacity, let number = UInt32(exactly: state.names.count) else {
                return Self.other
            }
            state.numbers[name] = number
            state.names.append(name)
            return number
        }
    }

    /// The name of a number; the empty string for zero, `other` for a number never given.
    package func name(of number: UInt32) -> String {
        state.withLock { Int(number) < $0.names.count ? $0.names[Int(number)] : $0.names[Int(Self.other)] }
    }
}
