import Glibc

/// The test run's environment.
enum Environment {
    static func has(_ name: String) -> Bool { getenv(name) != nil }
}
