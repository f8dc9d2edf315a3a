import CPKCS11

/// What is looked for among a token's objects.
struct ObjectQuery: Sendable {
    /// `CKA_CLASS`; nil: any.
    var objectClass: UInt64?
    var label: [UInt8]?
    var id: [UInt8]?

    /// Lends label and id for a call; what is nil has no address.
    func withPointers<Result>(
        _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        let none = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        return unsafe (label ?? []).withUnsafeBufferPointer { labelOctets in
            unsafe (id ?? []).withUnsafeBufferPointer { idOctets in
                unsafe body(label == nil ? none : labelOctets, id == nil ? none : idOctets)
            }
        }
    }
}

/// Which key of a token is meant.
struct KeyChoice: Hashable, Sendable, CustomStringConvertible {
    var label: String?
    var id: [UInt8]?

    var description: String {
        let parts = [label.map { "with label \($0)" }, id.map { "with id \(KeyChoice.hexadecimal($0))" }]
        return "key " + parts.compactMap(\.self).joined(separator: " and ")
    }

    func query(objectClass: UInt64?) -> ObjectQuery {
        ObjectQuery(objectClass: objectClass, label: label.map { Array($0.utf8) }, id: id)
    }

    static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Attributes of an object; what it does not tell is nil.
struct ObjectInfo: Hashable, Sendable {
    var objectClass: Int64?
    var keyType: Int64?
    var valueCount: Int64?
    var isSensitive: Bool?
    var isExtractable: Bool?
    var mayEncrypt: Bool?
    var mayDecrypt: Bool?
    var maySign: Bool?
    var label = ""
    var id: [UInt8] = []

    /// `CKO_SECRET_KEY`
    static let secretKey: Int64 = 4
    /// `CKK_AES`
    static let aes: Int64 = 0x1F

    /// Its name in lists.
    var name: String {
        let id = id.isEmpty ? "" : "id \(KeyChoice.hexadecimal(id))"
        return label.isEmpty ? (id.isEmpty ? "one without a name" : id) : label + (id.isEmpty ? "" : " (\(id))")
    }

    /// Why it must not wrap; nil when it may.
    var fault: String? {
        if objectClass != Self.secretKey {
            return "it is no secret key (CKO_SECRET_KEY) but of class \(objectClass.map(String.init) ?? "unknown")"
        }
        if keyType != Self.aes { return "it is no AES key (CKK_AES)" }
        if valueCount != 32 {
            return "expected 32 octets (AES-256), it has \(valueCount.map(String.init) ?? "an unknown number")"
        }
        if isExtractable != false {
            return
                "CKA_EXTRACTABLE is not false: it can leave the token, and what it wraps would be as safe as its copies"
        }
        if isSensitive != true { return "CKA_SENSITIVE is not true: its value can be read in the clear" }
        if mayEncrypt != true { return "CKA_ENCRYPT is not true" }
        if mayDecrypt != true { return "CKA_DECRYPT is not true" }
        return nil
    }
}

extension ObjectInfo {
    init(_ info: cpkcs11_object) {
        func number(_ value: Int64) -> Int64? { value < 0 ? nil : value }
        func flag(_ value: Int64) -> Bool? { value < 0 ? nil : value == 1 }
        // The octets are read within each call, and the shim's counts are at most the arrays' sizes.
        unsafe self.init(
            objectClass: number(info.object_class), keyType: number(info.key_type),
            valueCount: number(info.value_count), isSensitive: flag(info.is_sensitive),
            isExtractable: flag(info.is_extractable), mayEncrypt: flag(info.may_encrypt),
            mayDecrypt: flag(info.may_decrypt), maySign: flag(info.may_sign),
            label: withUnsafeBytes(of: info.label) { unsafe TokenText.shown([UInt8]($0).prefix(info.label_count)) },
            id: withUnsafeBytes(of: info.id) { unsafe Array([UInt8]($0).prefix(info.id_count)) })
    }
}
