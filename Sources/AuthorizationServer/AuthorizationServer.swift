import ControlHTTP
package import KeyManagement
package import Logging
package import Monitoring
package import RemoteJWKS
package import Resources
import ServiceLifecycle
package import Store

/// The OAuth 2.0 authorization server: it knows clients, issues encrypted access tokens, and tells about them.
///
/// `publishKeys()` before anything that signs, `start()` before the first request; `run()` for as long as it serves.
package final class AuthorizationServer: Sendable {
    /// What the server is told about itself.
    package struct Configuration: Sendable {
        /// The issuer's URL: an origin, `http` or `https`, without path or final slash.
        package let issuer: String
        /// Time between two rounds of purging expired rows.
        package var purgeInterval: Duration = .seconds(60)
        /// The most token requests that wait for the store.
        package var maximumWaitingWrites = 1024
        /// The most tokens that are recorded in one transaction.
        package var maximumBatch = 128
        /// How long a token request waits for a device in all.
        package var devicePatience = Patience.ofRequests
        /// How the keys of clients that publish them are fetched.
        package var publishedKeys = RemoteJWKS.Configuration()

        /// Nil when the issuer is not an origin: clients compare it octet by octet and build URLs on it.
        package init?(issuer: String) {
            guard let uri = ResourceURI(issuer), uri.scheme == "http" || uri.scheme == "https", uri.host != nil,
                uri.path.isEmpty, uri.query == nil, uri.fragment == nil, uri.userInformation == nil
            else { return nil }
            self.issuer = issuer
        }
    }

    /// Whether the gateway would open a token that is made like this, by the keys and policies that it has loaded.
    package typealias OpeningCheck = @Sendable (TokenRecipe) -> Bool

    /// The tables of the authorization server.
    package static let migrations: [Migration] = IssuerSchema.migrations

    /// The sealed columns of these tables.
    package static let sealedColumns = [IssuedTokens.sealedColumn]

    let configuration: Configuration
    let cell = LoadedCell<IssuerSnapshot>()
    let keySets = LoadedCell<KeySets>()
    let authenticator: ClientAuthenticator
    let issuer: AccessTokenIssuer
    let tokens: IssuedTokens
    let revocations: RevocationStore
    let clock: WallClock
    let metrics: IssuerMetrics

    private let publishedKeys: PublishedKeys
    private let database: any Database
    private let keys: KeyStore
    private let logger: Logger

    /// - Parameter gatewayOpens: asked before a token is made, which waits a moment for the answer to become yes.
    package init(
        configuration: Configuration, database: any Database, keys: KeyStore, revocations: RevocationStore,
        sealer: Sealer, clock: WallClock, metrics: MetricsRegistry, logger: Logger,
        gatewayOpens: @escaping OpeningCheck = { _ in true }
    ) {
        self.configuration = configuration
        self.database = database
        self.keys = keys
        self.revocations = revocations
        self.clock = clock
        self.metrics = IssuerMetrics(metrics)
        self.logger = logger
        let commits = GroupCommit(
            database: database, maximumQueue: configuration.maximumWaitingWrites,
            maximumBatch: configuration.maximumBatch)
        tokens = IssuedTokens(database: database, commits: commits, sealer: sealer)
        issuer = AccessTokenIssuer(
            issuer: configuration.issuer, tokens: tokens, clock: clock, gatewayOpens: gatewayOpens, cell: cell,
            devicePatience: configuration.devicePatience)
        publishedKeys = PublishedKeys(configuration.publishedKeys)
        authenticator = ClientAuthenticator(
            assertions: AssertionVerifier(
                audiences: [configuration.issuer, configuration.issuer + OAuthEndpoint.token.path],
                replays: AssertionReplays(commits: commits), published: publishedKeys, clock: clock))
    }

    /// Loads the public key sets and follows changes of keys from here on.
    ///
    /// Call it before the gateway's start: observers run in the order of registration, and a key must be published before
    /// an upstream gets anything that is signed with it.
    package func publishKeys() async throws {
        await database.observeChanges { [weak self] change in
            if change.topics.contains(.keys) { await self?.followKeySets() }
        }
        try await keySets.load { [keys] in KeySets(try await keys.load()) }
    }

    private func followKeySets() async {
        do {
            try await keySets.load { [keys] in KeySets(try await keys.load()) }
        } catch {
            logger.error("a change of the key sets could not be published", metadata: ["error": .string("\(error)")])
        }
    }

    /// Loads the first snapshot and follows changes from here on.
    ///
    /// Call it after the gateway's: observers run in the order of registration, and a gateway must be able to open what
    /// is issued with a new key.
    package func start() async throws {
        // Registered first, so that no change falls between loading and following.
        await database.observeChanges { [weak self] change in await self?.follow(change) }
        try await reload(Set(ChangeTopic.allCases))
    }

    /// Whether a snapshot and key sets are loaded that have every committed change.
    package var isReady: Bool { cell.upToDate != nil && !keySets.isStale }

    private func follow(_ change: ChangeSet) async {
        do {
            try await reload(change.topics)
        } catch {
            // Nothing is granted until it could be loaded: the change may have taken away a right. The next round tries.
            logger.error(
                "the authorization server could not load a change",
                metadata: ["epoch": .stringConvertible(change.epoch), "error": .string("\(error)")])
        }
    }

    /// Loads what the topics name and keeps the rest; everything when there is nothing good to keep.
    private func reload(_ changed: Set<ChangeTopic>) async throws {
        try await cell.load {
            let snapshot = try await read(changed, keeping: cell.upToDate)
            publishedKeys.keep(Set(snapshot.resources.clients.values.compactMap(\.spec.jwksURI)))
            return snapshot
        }
    }

    private func read(_ changed: Set<ChangeTopic>, keeping old: IssuerSnapshot?) async throws -> IssuerSnapshot {
        let now = clock.now()
        // Policies name keys, so neither is taken without the other.
        let isPolicyChanged = changed.contains(.resources) || changed.contains(.keys)
        // One transaction, so that what belongs together is seen together.
        return try await database.read { [keys] connection in
            let revocations = try RevocationStore.refresh(
                old?.revocations ?? RevocationIndex(), at: now, on: connection)
            if let old, !isPolicyChanged {
                return IssuerSnapshot(resources: old.resources, keys: old.keys, revocations: revocations)
            }
            return IssuerSnapshot(
                resources: try ResourceStore.load(on: connection), keys: try keys.load(on: connection),
                revocations: revocations)
        }
    }
}

extension AuthorizationServer: Service {
    /// Purges what has expired, and repairs a snapshot that could not be loaded, until graceful shutdown.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var sincePurge = Duration.zero
            let tick = Duration.seconds(1)
            while !Task.isCancelled {
                do { try await Task.sleep(for: tick) } catch { return }
                sincePurge += tick
                if self.keySets.isStale { await self.followKeySets() }
                if self.cell.isStale { await self.repair() }
                guard sincePurge >= self.configuration.purgeInterval else { continue }
                sincePurge = .zero
                await self.purge()
            }
        }
    }

    private func repair() async {
        do {
            try await reload(Set(ChangeTopic.allCases))
            logger.notice("the authorization server is up to date again")
        } catch {
            logger.error("the authorization server is out of date", metadata: ["error": .string("\(error)")])
        }
    }

    /// One round of purging; a failure is logged and left to the next round.
    func purge() async {
        do {
            metrics.purgedRows(try await tokens.purge(now: clock.now()))
            _ = try await revocations.purge()
        } catch {
            logger.error("expired rows could not be purged", metadata: ["error": .string("\(error)")])
        }
    }
}
