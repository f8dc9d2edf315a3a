import Foundation

@testable import JOSE

/// The published test vectors beside the tests, read by the library's own reader.
enum Vectors {
    static func load(_ path: String) throws -> JSONValue {
        guard let folder = Bundle.module.url(forResource: "Vectors", withExtension: nil) else {
            throw JOSEError(.jsonInvalid, "the folder Vectors is not in the test bundle")
        }
        let text = try Data(contentsOf: folder.appendingPathComponent(path))
        return try JSONValue(parsing: [UInt8](text), limits: JSONLimits(bytes: 1 << 24, depth: 16))
    }

    /// The tests of a Wycheproof file with their groups.
    static func wycheproof(_ name: String) throws -> [(group: JSONValue, test: JSONValue)] {
        let groups = try load("wycheproof/\(name).json")["testGroups"]?.arrayValue ?? []
        return groups.flatMap { group in (group["tests"]?.arrayValue ?? []).map { (group, $0) } }
    }
}

extension JSONValue {
    var text: String { stringValue ?? "" }

    /// The octets of a hexadecimal string.
    var hex: [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
        }
    }
}

func octets(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

extension VerificationKey {
    /// The form that expectations can take apart: they can't hold spans.
    func accepts(_ signature: [UInt8], over message: [UInt8]) -> Bool { isValid(signature, for: message.span) }
}
