import Glibc

/// Where programs are found.
enum SearchPath {
    /// The path of a program: in a directory of PATH, or where Debian keeps servers, which is not in everyone's PATH.
    static func find(_ program: String) -> String? {
        guard !program.contains("/") else { return program }
        let path = (ProcessEnvironment.all["PATH"] ?? "/usr/bin:/bin") + ":/usr/local/sbin:/usr/sbin:/sbin"
        return path.split(separator: ":").map { "\($0)/\(program)" }.first { unsafe access($0, X_OK) == 0 }
    }
}
