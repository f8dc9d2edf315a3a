import CPKCS11

/// A loaded PKCS#11 module. Its calls take as long as the device takes: make them from threads that may wait.
///
/// `@unchecked Sendable`: the pointer is to the module's own list of functions, which nobody writes and which stays as long
/// as the process; after `C_Initialize` with `CKF_OS_LOCKING_OK` a module may be called from any thread.
@safe struct CryptokiModule: @unchecked Sendable {
    let functions: OpaquePointer

    /// Why a module can't be loaded, in the system's words.
    struct LoadFailure: Error { let reason: String }

    /// Loads the shared library at a path, for as long as the process lives.
    init(path: String) throws(LoadFailure) {
        var reason = [CChar](repeating: 0, count: 512)
        // The shim writes at most the given number of characters, the last of them zero.
        let loaded = unsafe cpkcs11_load(path, &reason, reason.count)
        guard let loaded = unsafe loaded else {
            let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw LoadFailure(reason: TokenText.shown(text[...]))
        }
        unsafe functions = loaded
    }

    /// - Returns: whether it was not initialized before.
    func initialize() throws(CryptokiFailure) -> Bool {
        let value = unsafe ReturnValue(cpkcs11_initialize(functions))
        if value == .cryptokiAlreadyInitialized { return false }
        try Self.check("C_Initialize", value)
        return true
    }

    func finalize() throws(CryptokiFailure) {
        try Self.check("C_Finalize", unsafe ReturnValue(cpkcs11_finalize(functions)))
    }

    /// The slots with a token, 64 of them at most.
    func slots() throws(CryptokiFailure) -> [UInt] {
        var slots = [UInt](repeating: 0, count: Self.mostSlots)
        var count = UInt(slots.count)
        try Self.check("C_GetSlotList", unsafe ReturnValue(cpkcs11_slots(functions, &slots, &count)))
        return Array(slots.prefix(Int(clamping: count)))
    }

    private static let mostSlots = 64

    func tokenInfo(_ slot: UInt) throws(CryptokiFailure) -> TokenInfo {
        var info = cpkcs11_token()
        try Self.check("C_GetTokenInfo", unsafe ReturnValue(cpkcs11_token_info(functions, slot, &info)))
        // The octets are read within each call.
        return unsafe TokenInfo(
            label: withUnsafeBytes(of: info.label) { unsafe TokenText.padded($0) },
            manufacturer: withUnsafeBytes(of: info.manufacturer) { unsafe TokenText.padded($0) },
            model: withUnsafeBytes(of: info.model) { unsafe TokenText.padded($0) },
            serial: withUnsafeBytes(of: info.serial) { unsafe TokenText.padded($0) },
            flags: TokenInfo.Flags(rawValue: info.flags))
    }

    /// The flags of a mechanism at a token.
    func mechanismFlags(_ slot: UInt, _ mechanism: UInt) throws(CryptokiFailure) -> UInt {
        var flags: UInt = 0
        try Self.check(
            "C_GetMechanismInfo", unsafe ReturnValue(cpkcs11_mechanism_flags(functions, slot, mechanism, &flags)))
        return flags
    }

    /// - Parameter writes: whether keys are to be made or destroyed in it.
    func openSession(_ slot: UInt, writes: Bool) throws(CryptokiFailure) -> UInt {
        var session: UInt = 0
        let value = unsafe ReturnValue(cpkcs11_open_session(functions, slot, writes ? 1 : 0, &session))
        try Self.check("C_OpenSession", value)
        return session
    }

    /// The `CKS_…` of a session.
    func sessionState(_ session: UInt) throws(CryptokiFailure) -> UInt {
        var state: UInt = 0
        try Self.check("C_GetSessionInfo", unsafe ReturnValue(cpkcs11_session_state(functions, session, &state)))
        return state
    }

    func closeSession(_ session: UInt) throws(CryptokiFailure) {
        try Self.check("C_CloseSession", unsafe ReturnValue(cpkcs11_close_session(functions, session)))
    }

    /// Logs the token's user in for all sessions of the process; that it is logged in already is no failure.
    func logIn(_ session: UInt, pin: UnsafeRawBufferPointer) throws(CryptokiFailure) {
        let octets = unsafe pin.assumingMemoryBound(to: UInt8.self).baseAddress
        // The PIN is read within the call.
        let value = unsafe ReturnValue(cpkcs11_login(functions, session, octets, pin.count))
        guard value != .userAlreadyLoggedIn else { return }
        try Self.check("C_Login", value)
    }

    /// The handles of at most `limit` objects of the token.
    func find(_ session: UInt, _ query: ObjectQuery, limit: Int) throws(CryptokiFailure) -> [UInt] {
        var handles = [UInt](repeating: 0, count: limit)
        var count = UInt(limit)
        // Pointers into the arrays are read within the call; an array that is nil becomes NULL.
        let value = unsafe query.withPointers { label, id in
            var asked = unsafe cpkcs11_query()
            unsafe asked.object_class = query.objectClass ?? .max
            unsafe asked.label = label.baseAddress
            unsafe asked.label_count = label.count
            unsafe asked.id = id.baseAddress
            unsafe asked.id_count = id.count
            return unsafe ReturnValue(cpkcs11_find(functions, session, &asked, &handles, &count))
        }
        try Self.check("C_FindObjects", value)
        return Array(handles.prefix(Int(clamping: count)))
    }

    func object(_ session: UInt, _ handle: UInt) throws(CryptokiFailure) -> ObjectInfo {
        var info = cpkcs11_object()
        try Self.check(
            "C_GetAttributeValue", unsafe ReturnValue(cpkcs11_object_info(functions, session, handle, &info)))
        return ObjectInfo(info)
    }

    /// An attribute of at most 1,024 octets; empty when the object does not tell it.
    func attribute(_ session: UInt, _ object: UInt, _ type: UInt) throws(CryptokiFailure) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 1024)
        var count = octets.count
        // The shim writes at most `count` octets.
        let value = unsafe ReturnValue(cpkcs11_attribute(functions, session, object, type, &octets, &count))
        try Self.check("C_GetAttributeValue", value)
        return Array(octets.prefix(count))
    }

    static func check(_ function: String, _ value: ReturnValue) throws(CryptokiFailure) {
        guard value == .ok else { throw CryptokiFailure(function: function, value: value) }
    }
}
