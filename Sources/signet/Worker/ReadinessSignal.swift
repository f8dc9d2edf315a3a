import Glibc

/// Tells the supervisor that the worker serves.
enum ReadinessSignal {
    /// Writes one octet and closes the descriptor. A supervisor that is gone needs no answer.
    static func send(to descriptor: Int32) {
        var octet: UInt8 = 1
        // One octet from one octet.
        _ = unsafe write(descriptor, &octet, 1)
        close(descriptor)
    }
}
