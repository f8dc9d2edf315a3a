import Glibc

/// Writes to the process's standard streams, whole and unbuffered.
enum StandardStreams {
    /// Writes octets to standard output as they are.
    static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// Writes a line to standard output.
    static func writeLine(_ line: String) { write(Array((line + "\n").utf8), to: STDOUT_FILENO) }

    /// Writes a line to standard error.
    static func complain(_ line: String) { write(Array((line + "\n").utf8), to: STDERR_FILENO) }

    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func failed(_ reason: Int32) -> Never {
        complain("signet: can't write to standard output: \(SystemFailure.text(reason))")
        exit(ExitStatus.unavailable.rawValue)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            // The slice is in bounds by the loop's condition.
            let count = unsafe bytes[written...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                // A reader who has seen enough goes away; any other failure loses what the command is for.
                if descriptor == STDOUT_FILENO, errno != EPIPE { failed(errno) }
                return
            }
            written += count
        }
    }
}
