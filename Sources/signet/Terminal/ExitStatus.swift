/// The exit statuses that scripts may rely on.
enum ExitStatus: Int32, Sendable, CaseIterable {
    /// The command did what it says.
    case done = 0
    /// A token, signature, decryption or policy was refused.
    case refused = 1
    /// The command line is wrong.
    case usage = 64
    /// The input is malformed.
    case malformedInput = 65
    /// A service that is needed can't be reached or can't answer now.
    case unavailable = 69
    /// A bug in Signet.
    case internalError = 70
    /// The credentials do not permit it.
    case notPermitted = 77
    /// The configuration or its surroundings (files, addresses) are wrong.
    case configuration = 78
}
