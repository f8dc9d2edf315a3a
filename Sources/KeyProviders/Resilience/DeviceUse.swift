/// What a device is asked for: one success says of another call of the same use that it can succeed.
package struct DeviceUse: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case wrap, unwrap, make, sign, decrypt, destroy
        /// Whatever keeps the way to the device open.
        case session
    }

    package let kind: Kind
    /// `DeviceKey.reference`, where each key may fail on its own.
    package let key: String?

    package static let wrap = DeviceUse(kind: .wrap, key: nil)
    package static let unwrap = DeviceUse(kind: .unwrap, key: nil)
    package static let make = DeviceUse(kind: .make, key: nil)
    package static let session = DeviceUse(kind: .session, key: nil)

    package static func sign(_ key: String) -> DeviceUse { DeviceUse(kind: .sign, key: key) }
    package static func destroy(_ key: String) -> DeviceUse { DeviceUse(kind: .destroy, key: key) }
    package static func decrypt(_ key: String) -> DeviceUse { DeviceUse(kind: .decrypt, key: key) }
}
