import Glibc
import KeyManagement
import KeyProviders

/// SoftHSM 2: a PKCS#11 module without hardware.
enum SoftHSM {
    private static let modules = [
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib/libsofthsm2.so",
    ]

    /// Nil where it is not installed.
    static func start(in directory: String) async throws -> BenchDevice? {
        guard let module = modules.first(where: { unsafe access($0, R_OK) == 0 }),
            SearchPath.find("softhsm2-util") != nil
        else { return nil }
        let tokens = "\(directory)/softhsm"
        guard unsafe mkdir(tokens, 0o700) == 0 else {
            throw CommandFailure.configuration("can't make \(tokens): \(SystemFailure.text(errno))")
        }
        let configuration = "\(directory)/softhsm2.conf"
        let text = "directories.tokendir = \(tokens)\nobjectstore.backend = file\nlog.level = ERROR\n"
        try PrivateFile.write(Array(text.utf8), to: configuration)
        // Read by the module when it is loaded into this process; no thread of ours reads the environment meanwhile.
        unsafe setenv("SOFTHSM2_CONF", configuration, 1)
        let pin = String(UInt64.random(in: 1_000_000...9_999_999))
        let maker = try ChildProgram(
            "softhsm2-util",
            ["--init-token", "--free", "--label", "bench", "--so-pin", pin, "--pin", pin],
            output: "\(directory)/softhsm.log", environment: ["SOFTHSM2_CONF": configuration])
        guard try await maker.wait() == 0 else {
            throw CommandFailure.unavailable("SoftHSM makes no token: see \(directory)/softhsm.log")
        }
        return try BenchDevice(
            name: "SoftHSM",
            provider: ProviderRegistry.forBenchmark("pkcs11", ["module": module, "token": "bench", "pin": pin]))
    }
}

extension ProviderRegistry {
    /// A provider for keys of tokens.
    static func forBenchmark(_ name: String, _ values: [String: String]) throws -> any KeyProvider {
        var settings = ProviderSettings(path: "keys.\(name)", values: values, uses: .tokenKeys)
        guard let provider = make(name, &settings) else {
            throw CommandFailure.bug("the settings for \(name): \(settings.faults.map(\.what).joined(separator: "; "))")
        }
        return provider
    }
}
