package import Store

/// How far a rewrap is.
package struct RewrapProgress: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// There was none yet.
        case none
        case running
        /// Every value was sealed anew, and the old data keys are gone.
        case done
        /// Some values do not open, or the device did not wrap some keys anew. They were left as they are, and the old data
        /// keys kept.
        case incomplete
    }

    /// A value that does not open, or a key that the device did not wrap anew.
    package struct Failure: Sendable, Equatable {
        package var table: String
        /// The row's primary key; octets in hexadecimal.
        package var row: String
        /// The error's code.
        package var code: String
    }

    /// How many failures are told one by one.
    package static let toldFailures = 100

    package var state = State.none
    /// The sealed values when it began, and the keys that a device has sealed besides.
    package var total: Int64 = 0
    /// What was looked at of that so far; more than ``total`` when others were added meanwhile.
    package var done: Int64 = 0
    /// What failed of that.
    package var failed: Int64 = 0
    /// The first of them.
    package var failures: [Failure] = []
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// The data key that the values are sealed by.
    package var dataKey: String?

    package init() {}

    mutating func fail(_ table: String, row: String, code: String) {
        failed += 1
        guard failures.count < Self.toldFailures else { return }
        failures.append(Failure(table: table, row: row, code: code))
    }
}
