import Egress
import KeyManagement
import KeyProviders

/// What `signet serve` is told by signet.yaml and the environment.
struct ServerConfiguration: Hashable, Sendable {
    /// One listener.
    struct Listener: Hashable, Sendable {
        var address: ListenAddress
        /// Whether plain HTTP may leave this machine.
        var plaintext = false
    }

    /// The bounds of the server.
    struct Limits: Hashable, Sendable {
        /// Octets of a request's head at the gateway.
        var headBytes = 32_768
        /// Octets of a token.
        var tokenBytes = 16_384
        /// Client connections at once, per core.
        var connections = 8192
        /// Entries of the cache of verified tokens, all cores together.
        var tokenCacheEntries = 65_536
        /// Octets of that cache.
        var tokenCacheBytes = 64 << 20
        /// Tokens that are slow to open, waiting or being opened; beyond it requests get 503.
        var tokenJobs = 256
        /// Those of them that one client address may have.
        var tokenJobsPerClient = 64
        /// Threads that open them; nil: one per core, at least two.
        var tokenJobThreads: Int?
        /// Tokens that a device opens, waiting or being opened; beyond it requests get 503.
        var deviceCalls = 256
        /// Those of them that one client address may have.
        var deviceCallsPerClient = 16
        /// Calls to the device at once.
        var deviceCallsAtOnce = 32
        /// Seconds for requests under way to finish after a request to stop.
        var drainSeconds: Int64 = 30
    }

    /// The issuer's URL; nil: that of the control listener.
    var issuer: String?
    /// The gateway's URL as its clients see it; nil: that of the gateway listener.
    var publicURL: String?
    var gateway: Listener
    var control: Listener
    /// When set, the management API and the metrics are here and not at ``control``.
    var admin: Listener?
    /// The path of the SQLite file; nil: signet.db in the data directory.
    var databasePath: String?
    /// What seals the root key's file; nil: nothing.
    var rootKeyPassphrase: String?
    /// The root key itself, when whoever starts the service gives it; nil: it is in the data directory.
    var rootKeyValue: String?
    /// The one before it, when the store is still sealed by that.
    var previousRootKeyValue: String?
    /// The device that wraps the root key; nil: none.
    var rootKeyProvider: ProviderChoice?
    /// How root.key was protected until now, for whoever protects it otherwise.
    var formerProtection = FormerProtection()
    /// The device that keeps or seals keys of tokens; nil: that of the root key, if there is one.
    var keyProvider: ProviderChoice?
    /// When keys follow each other by themselves.
    var keySchedules = KeySchedules()
    var limits = Limits()
    /// Whether the worker's memory is kept out of swap areas.
    var memoryLock = MemoryLock.auto
    /// Addresses beyond the public Internet where clients may publish their keys.
    var privateAddresses: [String] = []
    /// The file of the certificates that are trusted there; nil: those of the system.
    var authoritiesPath: String?
    /// The least level of the log: trace, debug, info, notice, warning, error or critical.
    var logLevel = "info"

    /// A provider by its name, with its settings.
    struct ProviderChoice: Hashable, Sendable {
        var name: String
        /// Below which the settings are.
        var path: String
        var values: [String: String]
        var uses: ProviderUses

        var settings: ProviderSettings { ProviderSettings(path: path, values: values, uses: uses) }
    }

    /// What opens a root.key that is not protected as it should be from now on.
    struct FormerProtection: Hashable, Sendable {
        var passphrase: String?
        var provider: ProviderChoice?

        /// Below which these settings are.
        static let section = "root_key.previous"
    }

    /// Whether opening the root key takes long, or may fail for now: a worker that is started anew should not have to.
    /// What opens it is then forgotten when the first worker serves.
    var isRootKeySlow: Bool { rootKeyPassphrase != nil || rootKeyProvider != nil || rootKeyValue != nil }

    /// The setting behind ``rootKeyPassphrase``.
    static let passphrasePath = "root_key.passphrase"
    /// The settings behind ``rootKeyValue`` and ``previousRootKeyValue``.
    static let valuePath = "root_key.value"
    static let previousValuePath = "root_key.previous_value"
    /// The settings that nobody needs once the root key is open.
    static let rootKeySecretPaths = [passphrasePath, valuePath, previousValuePath]

    /// - Throws: ``CommandFailure`` 78 that names every fault with its line.
    init(_ settings: Settings) throws {
        var reader = SettingsReader(settings)
        issuer = reader.url("issuer")
        publicURL = reader.url("public_url")
        gateway = Self.listener("gateway", &reader) ?? Listener(address: Self.defaultAddress(8080))
        control = Self.listener("control", &reader) ?? Listener(address: Self.defaultAddress(8081))
        admin = Self.listener("admin", &reader)
        databasePath = Self.databasePath(&reader)
        rootKeyPassphrase = reader.value(Self.passphrasePath, expected: "a passphrase that isn't empty") {
            $0.isEmpty ? nil : $0
        }
        keyProvider = Self.provider("keys", for: .tokenKeys, none: nil, &reader)
        // One device for both is one provider, with one set of sessions.
        let uses: ProviderUses = keyProvider == nil ? [.rootKey, .tokenKeys] : .rootKey
        rootKeyProvider = Self.provider("root_key", for: uses, none: "file", &reader)
        readRootKeyValue(&reader)
        readFormerProtection(&reader)
        if let rootKeyProvider, reader.text(Self.passphrasePath) != nil {
            reader.fault(Self.passphrasePath, "expected no passphrase with root_key.provider: \(rootKeyProvider.name)")
        }
        keySchedules.standard = Self.schedule("", &reader, keySchedules.standard)
        keySchedules.deviceSealed = Self.schedule("sealed_", &reader, keySchedules.deviceSealed)
        limits.headBytes = reader.count("limits.head_bytes", in: 1024...1_048_576) ?? limits.headBytes
        limits.tokenBytes = reader.count("limits.token_bytes", in: 1024...262_144) ?? limits.tokenBytes
        limits.connections = reader.count("limits.connections", in: 1...1_000_000) ?? limits.connections
        limits.tokenCacheEntries =
            reader.count("limits.token_cache_entries", in: 0...10_000_000) ?? limits.tokenCacheEntries
        limits.tokenCacheBytes =
            reader.count("limits.token_cache_bytes", in: 0...(1 << 40)) ?? limits.tokenCacheBytes
        limits.tokenJobs = reader.count("limits.token_jobs", in: 1...65_536) ?? limits.tokenJobs
        limits.tokenJobsPerClient =
            reader.count("limits.token_jobs_per_client", in: 1...65_536) ?? limits.tokenJobsPerClient
        limits.deviceCalls = reader.count("limits.device_calls", in: 1...65_536) ?? limits.deviceCalls
        limits.deviceCallsPerClient =
            reader.count("limits.device_calls_per_client", in: 1...65_536) ?? limits.deviceCallsPerClient
        limits.deviceCallsAtOnce =
            reader.count("limits.device_calls_at_once", in: 1...1024) ?? limits.deviceCallsAtOnce
        limits.tokenJobThreads = reader.count("limits.token_job_threads", in: 1...256)
        limits.drainSeconds =
            reader.value("limits.drain", expected: "a time up to 1h, for example 30s") { text in
                TimeSpan(text).flatMap { $0.seconds <= 3600 ? $0.seconds : nil }
            } ?? limits.drainSeconds
        let locks = MemoryLock.allCases.map(\.rawValue).joined(separator: ", ")
        memoryLock = reader.value("memory.lock", expected: locks) { MemoryLock(rawValue: $0) } ?? memoryLock
        logLevel =
            reader.value("log.level", expected: Self.logLevels.joined(separator: ", ")) {
                Self.logLevels.contains($0) ? $0 : nil
            } ?? logLevel
        privateAddresses =
            reader.value("egress.private_addresses", expected: "blocks such as 10.0.0.0/8, fd00::/8") { text in
                let blocks = text.split(separator: ",").map { part in part.filter { $0 != " " } }
                return !blocks.isEmpty && blocks.allSatisfy { IPRange($0) != nil } ? blocks : nil
            } ?? privateAddresses
        authoritiesPath = reader.value("egress.authorities", expected: "a file of certificates in PEM") {
            $0.isEmpty ? nil : $0
        }
        checkTogether(&reader)
        try reader.finish()
    }

    private static let logLevels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]

    private mutating func readRootKeyValue(_ reader: inout SettingsReader) {
        let expected = "32 octets in hexadecimal or base64url"
        rootKeyValue = reader.value(Self.valuePath, expected: expected) { RootKey(text: $0) == nil ? nil : $0 }
        previousRootKeyValue = reader.value(Self.previousValuePath, expected: expected) {
            RootKey(text: $0) == nil ? nil : $0
        }
        if previousRootKeyValue != nil, reader.text(Self.valuePath) == nil {
            reader.fault(Self.previousValuePath, "expected root_key.value beside it")
        }
        guard rootKeyValue != nil else { return }
        if rootKeyPassphrase != nil {
            reader.fault(Self.passphrasePath, "expected no passphrase beside root_key.value, which is in no file")
        }
        if let rootKeyProvider {
            reader.fault(Self.valuePath, "expected no value with root_key.provider: \(rootKeyProvider.name)")
        }
    }

    private mutating func readFormerProtection(_ reader: inout SettingsReader) {
        let path = FormerProtection.section + ".passphrase"
        formerProtection.passphrase = reader.value(path, expected: "a passphrase that isn't empty") {
            $0.isEmpty ? nil : $0
        }
        formerProtection.provider = Self.provider(FormerProtection.section, for: .rootKey, none: "file", &reader)
        if let provider = formerProtection.provider, reader.text(path) != nil {
            reader.fault(path, "expected no passphrase with \(FormerProtection.section).provider: \(provider.name)")
        }
    }

    private static func listener(_ name: String, _ reader: inout SettingsReader) -> Listener? {
        let path = "listeners.\(name)"
        let plaintext = reader.flag("\(path).plaintext")
        let address = reader.value(
            "\(path).address", expected: "an IP address and a port, for example 127.0.0.1:8080 or [::1]:8080"
        ) { ListenAddress($0) }
        guard let address else {
            if plaintext != nil { reader.fault("\(path).plaintext", "expected \(path).address beside it") }
            return nil
        }
        if !address.isLoopback, plaintext != true {
            reader.fault(
                "\(path).address",
                "other machines could read tokens there: keep it on 127.0.0.1 behind a TLS proxy, or set "
                    + "plaintext: true")
        }
        return Listener(address: address, plaintext: plaintext ?? false)
    }

    private static func databasePath(_ reader: inout SettingsReader) -> String? {
        reader.value("store.url", expected: "sqlite:PATH; other databases are not supported yet") { text in
            let path = text.dropFirst("sqlite:".count)
            return text.hasPrefix("sqlite:") && !path.isEmpty ? String(path) : nil
        }
    }

    private static func schedule(
        _ prefix: String, _ reader: inout SettingsReader, _ standard: KeySchedule
    ) -> KeySchedule {
        let (intervalPath, leadPath) = ("keys.\(prefix)interval", "keys.\(prefix)lead")
        let interval = reader.value(intervalPath, expected: "a time such as 30d") { TimeSpan($0)?.seconds }
        let lead = reader.value(leadPath, expected: "a time such as 24h") { TimeSpan($0)?.seconds }
        do {
            return try KeySchedule(interval: interval ?? standard.interval, lead: lead ?? standard.lead)
        } catch {
            reader.fault(interval == nil ? leadPath : intervalPath, error.reason)
            return standard
        }
    }

    /// - Parameter none: the name that stands for no provider.
    private static func provider(
        _ section: String, for uses: ProviderUses, none: String?, _ reader: inout SettingsReader
    ) -> ProviderChoice? {
        let names = [none].compactMap(\.self) + ProviderRegistry.names
        let name = reader.value("\(section).provider", expected: names.joined(separator: ", ")) {
            names.contains($0) ? $0 : nil
        }
        guard let name, name != none else { return nil }
        let path = "\(section).\(name)"
        let choice = ProviderChoice(name: name, path: path, values: reader.section(path), uses: uses)
        var settings = choice.settings
        // Made to find what is wrong with the settings; nothing is asked of it.
        _ = ProviderRegistry.make(name, &settings)
        for setting in settings.known.sorted() { _ = reader.text("\(path).\(setting)") }
        for fault in settings.faults { reader.fault("\(path).\(fault.name)", fault.what) }
        return choice
    }

    /// What only shows when several values are looked at.
    private func checkTogether(_ reader: inout SettingsReader) {
        if issuer == nil, control.address.isWildcard {
            reader.fault("issuer", "expected a URL, since listeners.control.address names no host")
        }
        if publicURL == nil, gateway.address.isWildcard {
            reader.fault("public_url", "expected a URL, since listeners.gateway.address names no host")
        }
        if limits.tokenBytes > limits.headBytes {
            reader.fault("limits.token_bytes", "expected at most limits.head_bytes, since a token stands in the head")
        }
    }

    private static func defaultAddress(_ port: UInt16) -> ListenAddress {
        ListenAddress(loopbackPort: port)
    }
}
