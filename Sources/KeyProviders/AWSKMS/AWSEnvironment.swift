#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The variables that AWS's own tools read. An empty one counts as absent, as it does there.
struct AWSEnvironment: Sendable {
    /// Those of this process.
    static let process = AWSEnvironment { name in
        // Nobody in this program changes the environment: the text stays until it is copied here.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private let read: @Sendable (String) -> String?

    init(_ read: @escaping @Sendable (String) -> String?) {
        self.read = read
    }

    init(_ values: [String: String]) {
        read = { values[$0] }
    }

    subscript(name: String) -> String? { read(name).flatMap { $0.isEmpty ? nil : $0 } }
}
