import JOSE
import Testing

@testable import KeyProviders

@Suite("The settings of a PKCS#11 token")
struct PKCS11SettingsTests {
    private static let least = ["module": "/m.so", "token": "t", "key": "k"]

    private func read(
        _ values: [String: String], _ uses: ProviderUses = .rootKey
    ) -> (PKCS11Settings?, ProviderSettings) {
        var settings = ProviderSettings(path: "root_key.pkcs11", values: values, uses: uses)
        let read = PKCS11Settings(&settings)
        return (read, settings)
    }

    @Test("Module, token and key are enough")
    func least() {
        let (settings, asked) = read(Self.least)
        #expect(settings?.place == "token t, key with label k, module /m.so")
        #expect(settings?.pin == PINSource.none)
        #expect(asked.faults.isEmpty)
        #expect(asked.known == ["module", "uri", "token", "slot", "key", "id", "pin", "pin_file", "sessions"])
    }

    @Test("A URI can say all of it")
    func uri() {
        let (settings, _) = read(["uri": "pkcs11:token=t;object=k?module-path=/m.so&pin-source=file:/pin"])
        #expect(settings?.place == "token t, key with label k, module /m.so")
        #expect(settings?.pin == .file("/pin"))
    }

    @Test("Slot and id are as good, and a PIN is a secret")
    func numbers() {
        let (settings, _) = read(["module": "/m.so", "slot": "7", "id": "0Aff", "pin": "1234"])
        #expect(settings?.token == TokenChoice(slot: 7))
        #expect(settings?.key == KeyChoice(id: [0x0A, 0xFF]))
        #expect(settings?.pin == .value(SecretBytes(Array("1234".utf8))))
        #expect(settings.map { "\($0)" }?.contains("1234") == false)
    }

    @Test("Only what wraps the root key needs a key")
    func tokenKeysAlone() {
        let (settings, asked) = read(["module": "/m.so", "token": "t", "sessions": "16"], .tokenKeys)
        #expect(settings?.key == nil)
        #expect(settings?.sessions == 16)
        #expect(settings?.place == "token t, module /m.so")
        #expect(asked.faults.isEmpty)
        #expect(read(["module": "/m.so", "token": "t"], [.rootKey, .tokenKeys]).1.faults.map(\.name) == ["key"])
        #expect(read(["module": "/m.so", "token": "t", "id": "x"], .tokenKeys).1.faults.map(\.name) == ["id"])
    }

    @Test(
        "Each fault is noted at the setting that it is about",
        arguments: [
            (["module": ""], "module"), (["module": "m.so"], "module"), (["token": ""], "token"), (["key": ""], "key"),
            (["slot": "x"], "slot"), (["slot": "-1"], "slot"), (["id": "0"], "id"), (["id": "0g"], "id"),
            (["id": "\u{FF11}\u{FF11}"], "id"), (["uri": "x"], "uri"), (["uri": "pkcs11:token=t"], "token"),
            (["uri": "pkcs11:object=k"], "key"), (["uri": "pkcs11:id=%01", "id": "01"], "id"),
            (["uri": "pkcs11:slot-id=1", "token": "", "slot": "1"], "slot"),
            (["uri": "pkcs11:?module-path=/m.so"], "uri"), (["pin": "1", "pin_file": "/p"], "pin"),
            (["uri": "pkcs11:?module-path=m.so", "module": ""], "uri"),
            (["uri": "pkcs11:?pin-source=file:/p", "pin": "1"], "pin"),
            (["sessions": "0"], "sessions"), (["sessions": "65"], "sessions"), (["sessions": "x"], "sessions"),
        ])
    func faults(changes: [String: String], name: String) {
        let (settings, asked) = read(Self.least.merging(changes) { $1 })
        #expect(settings == nil)
        #expect(asked.faults.map(\.name) == [name])
        #expect(asked.known.count == 9)
    }
}
