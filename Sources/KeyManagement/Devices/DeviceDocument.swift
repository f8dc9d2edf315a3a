import JOSE

/// What the store keeps, sealed, of a version whose private half a device has or seals.
///
/// Nothing in it opens a token. It is sealed all the same: in its own place only, so that nobody who can write to the
/// database can make a version point to another key.
struct DeviceDocument: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        /// What the device calls the key.
        case reference(String)
        /// A key of one version alone, wrapped by the device, and the private JWK sealed by it.
        case sealed(wrapped: [UInt8], jwk: [UInt8])
    }

    /// The provider's ``KeyProvider/kind``.
    var provider: String
    /// Where the provider had it, for messages.
    var place: String
    var content: Content

    init(provider: String, place: String, content: Content) {
        (self.provider, self.place, self.content) = (provider, place, content)
    }

    /// - Throws: `stored-key-invalid`.
    init(parsing text: [UInt8], kid: String) throws(KeyError) {
        guard let object = try? JSONValue(parsing: text).objectValue,
            let provider = object["provider"]?.stringValue, let place = object["place"]?.stringValue
        else { throw Self.invalid(kid) }
        (self.provider, self.place) = (provider, place)
        if let reference = object["reference"]?.stringValue {
            guard reference.utf8.count <= DeviceKey.mostReferenceBytes else { throw Self.invalid(kid) }
            content = .reference(reference)
        } else if let wrapped = Self.octets("wrapped", object), let jwk = Self.octets("jwk", object) {
            content = .sealed(wrapped: wrapped, jwk: jwk)
        } else {
            throw Self.invalid(kid)
        }
    }

    func serialized() -> [UInt8] {
        var object: JSONObject = ["provider": .string(provider), "place": .string(place)]
        switch content {
        case .reference(let reference): object["reference"] = .string(reference)
        case .sealed(let wrapped, let jwk):
            object["wrapped"] = .string(Base64URL.encode(wrapped))
            object["jwk"] = .string(Base64URL.encode(jwk))
        }
        return object.serialized()
    }

    private static func octets(_ name: String, _ object: JSONObject) -> [UInt8]? {
        object[name]?.stringValue.flatMap { try? Base64URL.decode($0) }
    }

    private static func invalid(_ kid: String) -> KeyError {
        KeyError(.keyInvalid, "what is stored of the key \(kid) is not what a key of a device has")
    }
}
