import KeyManagement

/// What the uses of a device have failed by, each until it succeeds: a key that was deleted in the device shows when it is
/// used, and by nothing that could be asked.
struct FaultsInUse: Sendable {
    /// For how long a fault counts, in milliseconds. A key that was revoked since is not used any more, and would never
    /// succeed.
    static let memory: Int64 = 60_000
    /// The most uses that are remembered.
    static let most = 64

    private struct Fault {
        let error: ProviderError
        let time: Int64
        /// Those of one moment follow each other too.
        let number: Int
    }

    private var faults: [DeviceUse: Fault] = [:]
    private var count = 0

    mutating func noteSuccess(_ use: DeviceUse) {
        faults[use] = nil
        // A key that is gone on purpose is not missed.
        if use.kind == .destroy { faults = faults.filter { $0.key.key != use.key } }
    }

    /// - Parameter now: monotonic milliseconds.
    mutating func noteFailure(_ error: ProviderError, of use: DeviceUse, at now: Int64) {
        switch error.code {
        case .denied, .keyMissing, .keyDisabled: break
        // What it has wrapped itself it should open: its key may be another one of the same name.
        case .refused: guard use.kind == .unwrap else { return }
        // What may pass by itself is told by the breaker, and the rest by who configured or wrote it.
        case .configurationInvalid, .unreachable, .throttled, .notSupported, .answerBroken: return
        }
        count &+= 1
        faults[use] = Fault(error: error, time: now, number: count)
        guard faults.count > Self.most else { return }
        if let oldest = faults.min(by: { $0.value.number < $1.value.number }) { faults[oldest.key] = nil }
    }

    func latest(at now: Int64) -> ProviderError? {
        faults.values.filter { now - $0.time < Self.memory }.max { $0.number < $1.number }?.error
    }
}
