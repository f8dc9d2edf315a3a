import JOSE

/// The text of a root key file, version 1: a JSON object with the key's id and the key, its seal, or
/// what a provider made of it.
struct RootKeyDocument: Sendable {
    enum Content: Sendable {
        case plain(SecretBytes)
        case sealed(PassphraseSeal)
        case wrapped(WrappedRootKey)
    }

    static let version: Int64 = 1
    /// A file is under 1 KiB; more is not ours.
    static let maximumBytes = 16 * 1024

    var id: String
    var content: Content

    init(id: String, content: Content) {
        self.id = id
        self.content = content
    }

    /// Reads a file; throws `root-key-malformed` with what is wrong with it.
    init(parsing text: [UInt8]) throws(KeyError) {
        let object: JSONObject
        do {
            guard let parsed = try JSONValue(parsing: text).objectValue else {
                throw Self.malformed("expected a JSON object")
            }
            object = parsed
        } catch let error as KeyError {
            throw error
        } catch {
            throw Self.malformed("expected a JSON object; is the file complete?")
        }
        guard let version = object["signet_root_key"]?.integerValue else {
            throw Self.malformed("expected the member signet_root_key with the version of the format")
        }
        guard version == Self.version else {
            throw Self.malformed("expected version \(Self.version), the file has version \(version)")
        }
        id = try Self.text("id", of: object)
        if let provider = object["provider"]?.stringValue {
            content = .wrapped(
                WrappedRootKey(
                    provider: provider, place: try Self.text("place", of: object),
                    wrapped: try Self.bytes("wrapped", of: object),
                    handover: object["handover"] == nil ? nil : try Self.bytes("handover", of: object)))
        } else if let seal = object["scrypt"]?.objectValue {
            content = .sealed(
                PassphraseSeal(
                    rounds: try Self.integer("n", of: seal), blockSize: try Self.integer("r", of: seal),
                    parallelism: try Self.integer("p", of: seal), salt: try Self.bytes("salt", of: seal),
                    sealed: try Self.bytes("sealed", of: object)))
        } else {
            content = .plain(SecretBytes(wiping: try Self.bytes("key", of: object)))
        }
    }

    /// The text to write. The caller wipes it.
    func serialized() -> [UInt8] {
        var object: JSONObject = ["signet_root_key": .integer(Self.version), "id": .string(id)]
        switch content {
        case .plain(let secret):
            object["key"] = unsafe .string(secret.withUnsafeBytes { unsafe Base64URL.encode([UInt8]($0)) })
        case .sealed(let seal):
            object["scrypt"] = [
                "n": .integer(seal.rounds), "r": .integer(seal.blockSize), "p": .integer(seal.parallelism),
                "salt": .string(Base64URL.encode(seal.salt)),
            ]
            object["sealed"] = .string(Base64URL.encode(seal.sealed))
        case .wrapped(let key):
            object["provider"] = .string(key.provider)
            object["place"] = .string(key.place)
            object["wrapped"] = .string(Base64URL.encode(key.wrapped))
            if let handover = key.handover { object["handover"] = .string(Base64URL.encode(handover)) }
        }
        return object.serialized() + [UInt8(ascii: "\n")]
    }

    private static func text(_ name: String, of object: JSONObject) throws(KeyError) -> String {
        guard let text = object[name]?.stringValue else { throw malformed("expected the member \(name) as text") }
        return text
    }

    private static func integer(_ name: String, of object: JSONObject) throws(KeyError) -> Int64 {
        guard let value = object[name]?.integerValue else { throw malformed("expected the member \(name) as integer") }
        return value
    }

    private static func bytes(_ name: String, of object: JSONObject) throws(KeyError) -> [UInt8] {
        do {
            return try Base64URL.decode(try text(name, of: object))
        } catch {
            throw malformed("expected the member \(name) in base64url")
        }
    }

    private static func malformed(_ what: String) -> KeyError {
        KeyError(.rootKeyMalformed, "the root key file can't be read: \(what)")
    }
}
