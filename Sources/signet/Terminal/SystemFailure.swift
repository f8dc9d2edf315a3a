import Glibc

/// A system call that failed.
struct SystemFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    let action: String
    /// The errno.
    let code: Int32

    /// `result` of a shim call unless it is a negated errno.
    @discardableResult
    static func check(_ action: @autoclosure () -> String, _ result: Int32) throws(SystemFailure) -> Int32 {
        guard result < 0 else { return result }
        throw SystemFailure(action: action(), code: 0 &- result)
    }

    var description: String { "\(action): \(Self.text(code))" }

    /// What an errno means.
    static func text(_ code: Int32) -> String {
        // strerror's buffer is copied at once.
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
