import Admin
import AuthorizationServer
import CSupervisor
import ControlHTTP
import Egress
import Gateway
import Glibc
import HTTPEngine
import Hummingbird
import JOSE
import KeyManagement
import Logging
import Monitoring
import RemoteJWKS
import Resources
import Store

/// The parts of a server, put together in the order in which they need each other.
struct ServerParts: Sendable {
    let keys: KeyStore
    let upkeep: SealingUpkeep
    let authorizationServer: AuthorizationServer
    let drain: UsageDrain
    let engine: Engine
    let controlListeners: [ControlListener]
    let readiness: Readiness
    private let database: SQLiteDatabase
    private let gateway: Gateway
    let providers: Providers

    /// Opens the store, brings its schema up to date, loads keys and resources.
    ///
    /// - Throws: `StoreError`, `KeyError`, `AdminError`, ``CommandFailure``.
    init(order: WorkerOrder, configuration: ServerConfiguration, logger: Logger) async throws {
        let place = ServerPlace(order: order, configuration: configuration)
        let clock = WallClock.system
        let metrics = MetricsRegistry()
        metrics.gauge("signet_worker_restarts", help: "Workers that ended abnormally before this one.") {
            order.restarts
        }
        let directory = DataDirectory(order.dataDirectory)
        let database = try Self.store(at: configuration.databasePath, in: directory, logger)
        try await Migrator.migrate(database, Self.migrations, clock: clock)
        providers = try Providers(configuration, clock: clock, logger: logger)
        providers.register(in: metrics)
        let rootKey = try await Self.rootKey(order, configuration, database, providers)
        let sealer = try await Sealer(rootKey: rootKey.key, database: database)
        let keys = KeyStore(
            database: database, sealer: sealer, clock: clock, schedules: configuration.keySchedules,
            device: providers.tokenKeys)
        metrics.gauge("signet_keys_damaged", help: "Key versions in use whose stored private half can't be opened.") {
            Int64(keys.damagedKeys.count)
        }
        upkeep = try await SealingUpkeep(
            database: database, sealer: sealer, rootKey: rootKey, keys: keys,
            columns: Self.sealedColumns, clock: clock)
        Self.register(upkeep, in: metrics)
        let resources = ResourceStore(database: database, keyStore: keys, clock: clock)
        let revocations = RevocationStore(database: database, clock: clock)
        let gatewaySockets = order.listeners[.gateway]?.descriptors ?? []
        let usage = UsageRecorder(loops: gatewaySockets.count)
        // A key is published before anything is signed with it. The gateway follows changes before the authorization server
        // does: it must be able to open a new key's tokens before the first of them is made, and a revocation must be in
        // force before it is acknowledged.
        gateway = Gateway(
            configuration: place.gatewayConfiguration, database: database, resources: resources, keys: keys,
            revocations: revocations, usage: usage, logger: logger)
        guard var issuer = AuthorizationServer.Configuration(issuer: place.issuer) else {
            throw CommandFailure.configuration("issuer: expected http:// or https:// with a host and nothing more")
        }
        issuer.publishedKeys = try Self.publishedKeys(configuration)
        authorizationServer = AuthorizationServer(
            configuration: issuer, database: database, keys: keys, revocations: revocations, sealer: sealer,
            clock: clock, metrics: metrics, logger: logger, gatewayOpens: { [gateway] in gateway.opens($0) })
        try await authorizationServer.publishKeys()
        try await gateway.start()
        gateway.register(in: metrics)
        try await authorizationServer.start()
        drain = UsageDrain(recorder: usage, metrics: metrics, logger: logger)
        engine = gateway.makeEngine(configuration: place.engineConfiguration, listeners: gatewaySockets)
        let credentials = try await AdminCredentials.open(
            dataDirectory: order.dataDirectory, database: database, clock: clock)
        let admin = AdminAPI(
            operations: AdminOperations(
                database: database, resources: resources, keys: keys, upkeep: upkeep, revocations: revocations,
                clock: clock),
            credentials: credentials, issuer: place.issuer)
        readiness = Readiness(
            [
                .init(name: "gateway", isUpToDate: { [gateway] in gateway.isReady }),
                .init(
                    name: "authorization server", isUpToDate: { [authorizationServer] in authorizationServer.isReady }),
            ], providers: providers.health, damagedKeys: { keys.damagedKeys.count })
        let routes = ControlRoutes(
            authorizationServer: authorizationServer, admin: admin, credentials: credentials, metrics: metrics,
            readiness: readiness)
        controlListeners = routes.listeners(order: order, place: place, logger: logger)
        (self.keys, self.database) = (keys, database)
    }

    /// A store that is not where it was expected, as on a volume that is not mounted, is not replaced in silence.
    private static func store(
        at path: String?, in directory: DataDirectory, _ logger: Logger
    ) throws -> SQLiteDatabase {
        let path = path ?? directory.file("signet.db")
        let isNew = unsafe access(path, F_OK) != 0
        let database = try SQLiteDatabase(path: path)
        if isNew {
            // The first start makes the store before it makes these. A root key that is given is in no file.
            let isLost = [RootKeyFile.name, AdminCredentials.tokenFile].contains {
                unsafe access(directory.file($0), F_OK) == 0
            }
            logger.log(
                level: isLost ? .warning : .notice,
                isLost
                    ? "there was a data directory without its store: a new, empty store was made"
                    : "a new store was made",
                metadata: ["store": "\(path)"])
        }
        return database
    }

    /// The root key that a worker before this one opened, or that of the file.
    private static func rootKey(
        _ order: WorkerOrder, _ configuration: ServerConfiguration, _ database: SQLiteDatabase,
        _ providers: Providers
    ) async throws -> InstalledRootKey {
        // From here on nothing that this process starts or gives away has a way to the key.
        defer { if let kept = order.rootKey { Glibc.close(kept) } }
        let handover = try order.rootKey.map { kept in
            guard order.restarts == 0 || signet_is_sealed(kept) == 1 else {
                throw CommandFailure.bug("the root key was handed over in memory that others could have changed")
            }
            return RootKeyHandover(descriptor: kept)
        }
        do {
            return try await InstalledRootKey.open(
                dataDirectory: order.dataDirectory, protection: protection(configuration, providers),
                database: database, handover: handover)
        } catch {
            // The process ends by this, and a device should not be left with sessions.
            await providers.close()
            throw error
        }
    }

    private static func protection(
        _ configuration: ServerConfiguration, _ providers: Providers
    ) -> RootKeyProtection {
        if let provider = providers.rootKey { return .provider(provider) }
        if let value = configuration.rootKeyValue.flatMap({ RootKey(text: $0) }) {
            return .given(value, previous: configuration.previousRootKeyValue.flatMap { RootKey(text: $0) })
        }
        return configuration.rootKeyPassphrase.map { .passphrase(SecretBytes(Array($0.utf8))) } ?? .none
    }

    /// Ends what still runs and closes the store. Nothing that was acknowledged waits for this.
    func close() async {
        await gateway.stop()
        await providers.close()
        try? await database.close()
    }

    /// Clients' URLs come from whoever may register clients: any unprivileged port, but no address inside unless told.
    private static func publishedKeys(_ configuration: ServerConfiguration) throws -> RemoteJWKS.Configuration {
        var published = RemoteJWKS.Configuration()
        published.ports = [443...443, 1024...65_535]
        published.allowedPrivateAddresses = configuration.privateAddresses
        published.trustedAuthorities = try configuration.authoritiesPath.map { path in
            let pem = try Input.file(path)
            do {
                _ = try EgressTrust(pem: pem)
            } catch {
                throw CommandFailure.configuration("egress.authorities: expected certificates in PEM")
            }
            return pem
        }
        return published
    }

    private static func register(_ upkeep: SealingUpkeep, in metrics: MetricsRegistry) {
        let figures: [(name: String, help: String, value: @Sendable (RewrapProgress) -> Int64)] = [
            ("running", "Whether everything is being sealed anew.", { $0.state == .running ? 1 : 0 }),
            ("values", "Sealed values when the last rewrap began, and keys that a device has sealed.", { $0.total }),
            ("values_done", "What the last rewrap has looked at of them.", { $0.done }),
            ("values_failed", "What the last rewrap could not seal anew of them.", { $0.failed }),
        ]
        for figure in figures {
            metrics.gauge("signet_rewrap_\(figure.name)", help: figure.help) { figure.value(upkeep.rewrapProgress) }
        }
    }

    /// Every column with sealed values.
    static let sealedColumns = KeyStore.sealedColumns + AuthorizationServer.sealedColumns

    static let migrations: [Migration] =
        KeyStore.migrations + ResourceStore.migrations + AuthorizationServer.migrations + AdminCredentials.migrations
}
