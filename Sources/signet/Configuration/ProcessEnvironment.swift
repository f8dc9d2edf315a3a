import Glibc

/// The environment that the process was started with.
enum ProcessEnvironment {
    static let all: [String: String] = {
        var variables: [String: String] = [:]
        // `environ` is a list of C strings that ends in nil; nothing in this program changes it.
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let line = unsafe String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return variables
    }()
}
