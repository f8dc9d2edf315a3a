package import Store

/// How far a rewrap is.
package struct RewrapProgress: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// There was none yet.
        case none
        case running
        /// Every value was sealed anew, and the old data keys are gone.
        case done
        /// Some values do not open. They were left as they are, and the old data keys kept.
        case incomplete
    }

    /// A value that does not open.
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
    /// The sealed values when it began.
    package var total: Int64 = 0
    /// The values looked at so far; more than ``total`` when others were added meanwhile.
    package var done: Int64 = 0
    /// Values that do not open.
    package var failed: Int64 = 0
    /// The first of them.
    package var failures: [Failure] = []
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// The data key that the values are sealed by.
    package var dataKey: String?

    package init() {}
}
