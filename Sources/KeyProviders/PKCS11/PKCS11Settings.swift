import JOSE

/// Which token of which module, which key in it wraps, and how the token's user logs in.
struct PKCS11Settings: Sendable {
    /// What the settings are below, for messages.
    var path: String
    var modulePath: String
    var token: TokenChoice
    /// Nil when nothing is to be wrapped.
    var key: KeyChoice?
    var pin: PINSource
    /// The most sessions at once, which is the most calls at once.
    var sessions: Int

    /// What messages and the root key's file call it.
    var place: String { "\(token), \(key.map { "\($0), " } ?? "")module \(modulePath)" }

    /// Nil when something is wrong, which is noted as faults.
    init?(_ settings: inout ProviderSettings) {
        let before = settings.faults.count
        // All of them are known, whatever is wrong with the others.
        for name in Self.names { _ = settings.text(name) }
        let uri = Self.uri(&settings)
        // What is missing may stand in the part of it that can't be read.
        guard settings.faults.count == before else { return nil }
        let module = Self.module(&settings, uri)
        let token = Self.token(&settings, uri)
        let key = Self.key(&settings, uri)
        let pin = Self.pin(&settings, uri)
        let sessions = Self.sessions(&settings)
        path = settings.path
        guard let module, settings.faults.count == before else { return nil }
        (modulePath, self.token, self.key, self.pin, self.sessions) = (module, token, key, pin, sessions)
    }

    private static let names = ["module", "uri", "token", "slot", "key", "id", "pin", "pin_file", "sessions"]

    private static func uri(_ settings: inout ProviderSettings) -> PKCS11URI? {
        guard let text = settings.text("uri") else { return nil }
        do throws(PKCS11URI.Fault) {
            return try PKCS11URI(text)
        } catch {
            settings.fault("uri", error.reason)
            return nil
        }
    }

    private static func module(_ settings: inout ProviderSettings, _ uri: PKCS11URI?) -> String? {
        let given = settings.text("module")
        if given != nil, uri?.modulePath != nil { settings.fault("uri", "expected no module-path beside module") }
        guard let path = given ?? uri?.modulePath else {
            settings.fault(
                "module", "expected the path of the PKCS#11 module, for example /usr/lib/softhsm/libsofthsm2.so")
            return nil
        }
        // A bare name would be looked for in directories that LD_LIBRARY_PATH may name.
        guard path.hasPrefix("/") else {
            settings.fault(given == nil ? "uri" : "module", "expected an absolute path of the PKCS#11 module")
            return nil
        }
        return path
    }

    private static func token(_ settings: inout ProviderSettings, _ uri: PKCS11URI?) -> TokenChoice {
        var choice = uri?.token ?? TokenChoice()
        let isInURI = choice != TokenChoice()
        if let label = settings.text("token") {
            if isInURI { settings.fault("token", "expected none beside a uri that names the token") }
            choice.label = label
        }
        if let number = settings.text("slot") {
            if isInURI { settings.fault("slot", "expected none beside a uri that names the token") }
            choice.slot = UInt(number)
            if choice.slot == nil { settings.fault("slot", "expected a number") }
        } else if choice == TokenChoice() {
            settings.fault("token", "expected the token's label; slot or uri would do too")
        }
        return choice
    }

    private static func key(_ settings: inout ProviderSettings, _ uri: PKCS11URI?) -> KeyChoice? {
        var choice = uri?.key ?? KeyChoice()
        if let label = settings.text("key") {
            if choice.label != nil { settings.fault("key", "expected none beside a uri with object") }
            choice.label = label
        }
        if let text = settings.text("id") {
            if choice.id != nil { settings.fault("id", "expected none beside a uri with id") }
            choice.id = octets(text)
            if choice.id == nil { settings.fault("id", "expected pairs of hexadecimal digits") }
        }
        if choice != KeyChoice() { return choice }
        // Only what wraps needs a key of its own; the id was looked at before.
        if settings.uses.contains(.rootKey), settings.text("id") == nil {
            settings.fault("key", "expected the key's label; id would do too")
        }
        return nil
    }

    private static func pin(_ settings: inout ProviderSettings, _ uri: PKCS11URI?) -> PINSource {
        let file = settings.text("pin_file")
        let pin = settings.secret("pin")
        if [file != nil, pin != nil, uri?.pinFile != nil].count(where: \.self) > 1 {
            settings.fault("pin", "expected one of pin, pin_file and the uri's pin-source")
        }
        if let pin { return .value(pin) }
        return (file ?? uri?.pinFile).map { .file($0) } ?? .none
    }

    private static func sessions(_ settings: inout ProviderSettings) -> Int {
        guard let text = settings.text("sessions") else { return BlockingCalls.Limits().lanes }
        if let number = Int(text), (1...64).contains(number) { return number }
        settings.fault("sessions", "expected a number from 1 to 64")
        return 1
    }

    private static func octets(_ text: String) -> [UInt8]? {
        let digits = text.map { $0.isASCII ? $0.hexDigitValue : nil }
        guard !digits.isEmpty, digits.count.isMultiple(of: 2), digits.count <= 256 else { return nil }
        var octets: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            octets.append(UInt8(truncatingIfNeeded: high << 4 | low))
        }
        return octets
    }
}
