import Glibc

/// The processor time that this process has used: other programs' share of the machine is not in it.
enum ProcessorTime {
    static var now: Duration {
        var time = timespec()
        // The clock is there on every Linux; the call writes the structure and keeps nothing.
        guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .zero }
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
