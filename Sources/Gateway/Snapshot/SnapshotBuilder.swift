import HTTPEngine
import KeyManagement
import Logging
import Monitoring
import Resources
import Store

/// Keeps the snapshot in step with the store: each change rebuilds what it touches and publishes the whole.
///
/// Rebuilds run one after the other, so that an older reading can't be published after a newer one. One that fails is
/// tried again; while it fails, the snapshot is marked stale, and guarded routes are closed.
actor SnapshotBuilder {
    private let cell: SnapshotCell
    private let resources: ResourceStore
    private let keys: KeyStore
    private let revocations: RevocationStore
    private let logger: Logger
    private let published: @Sendable () -> Void
    private var parts: SnapshotParts

    private var resourceSet = ResourceSet()
    private var loadedKeys: LoadedKeys?
    private var index = RevocationIndex()
    private var epoch: UInt64 = 0
    private var last: Task<(any Error)?, Never>?
    private var retry: Task<Void, Never>?
    /// What could not be read and has to be read again.
    private var pending: Set<ChangeTopic> = []
    /// The damaged keys that were told.
    private var toldDamage: Set<DamagedKey> = []

    init(
        cell: SnapshotCell, resources: ResourceStore, keys: KeyStore, revocations: RevocationStore,
        parts: SnapshotParts, logger: Logger, published: @escaping @Sendable () -> Void
    ) {
        self.cell = cell
        self.resources = resources
        self.keys = keys
        self.revocations = revocations
        self.parts = parts
        self.logger = logger
        self.published = published
    }

    /// Reads everything for the first time.
    func start() async throws {
        let failure = await enqueue(Set(ChangeTopic.allCases), isFirst: true).value
        if let failure { throw failure }
    }

    /// Rebuilds what the topics touch; returns when the new snapshot is published. Never throws: see ``pending``.
    func rebuild(_ topics: Set<ChangeTopic>) async {
        guard await enqueue(topics).value != nil, retry == nil else { return }
        retry = Task { await self.retryUntilDone() }
    }

    /// Ends the retries.
    func stop() {
        retry?.cancel()
    }

    private func retryUntilDone() async {
        while !pending.isEmpty, !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            _ = await enqueue([]).value
        }
        retry = nil
    }

    /// Starts a rebuild after the one before has ended; its value is what failed.
    private func enqueue(_ topics: Set<ChangeTopic>, isFirst: Bool = false) -> Task<(any Error)?, Never> {
        let before = last
        let task = Task { () -> (any Error)? in
            _ = await before?.value
            return await self.attempt(topics, isFirst: isFirst)
        }
        last = task
        return task
    }

    private func attempt(_ topics: Set<ChangeTopic>, isFirst: Bool) async -> (any Error)? {
        let wanted = topics.union(pending)
        do {
            try await read(wanted)
            return nil
        } catch {
            guard !isFirst else { return error }
            logger.error("snapshot not rebuilt", metadata: ["error": "\(error)"])
            pending = wanted
            publish(Snapshot.stale(after: cell.current, epoch: nextEpoch()))
            return error
        }
    }

    private func read(_ topics: Set<ChangeTopic>) async throws {
        // Everything is read before anything is kept, so that a failure leaves the parts as they were.
        let newResources = topics.contains(.resources) ? try await resources.load() : nil
        let newKeys = topics.contains(.keys) ? try await keys.load() : nil
        let newIndex = topics.contains(.revocations) ? try await revocations.refresh(index) : nil
        if let newResources { resourceSet = newResources }
        if let newKeys {
            loadedKeys = newKeys
            tell(newKeys.damaged)
        }
        if let newIndex { index = newIndex }
        pending.subtract(topics)
        publish(compile(resourcesChanged: newResources != nil, keysChanged: newKeys != nil))
    }

    /// Logs what is new.
    private func tell(_ damaged: [DamagedKey]) {
        for key in damaged where !toldDamage.contains(key) {
            logger.error(
                "a stored key is damaged and left out",
                metadata: ["kid": "\(key.kid)", "ring": "\(key.ring.id)", "error": "\(key.reason)"])
        }
        toldDamage = Set(damaged)
    }

    private func compile(resourcesChanged: Bool, keysChanged: Bool) -> Snapshot {
        let now = cell.current
        var (apis, router, routes, clients) = (now.apis, now.router, now.routes, now.clients)
        if resourcesChanged || keysChanged, let loadedKeys {
            apis = parts.apis(resourceSet, keys: loadedKeys)
        }
        if resourcesChanged {
            (router, routes) = parts.routes(resourceSet, apis: apis)
            clients = parts.clients(resourceSet)
        }
        return Snapshot(
            epoch: nextEpoch(), router: router, routes: routes, apis: apis, clients: clients, revocations: index,
            isStale: !pending.isEmpty)
    }

    private func nextEpoch() -> UInt64 {
        epoch += 1
        return epoch
    }

    private func publish(_ snapshot: Snapshot) {
        cell.publish(snapshot)
        published()
    }
}

extension Snapshot {
    /// The same, marked as stale.
    static func stale(after snapshot: Snapshot, epoch: UInt64) -> Snapshot {
        Snapshot(
            epoch: epoch, router: snapshot.router, routes: snapshot.routes, apis: snapshot.apis,
            clients: snapshot.clients, revocations: snapshot.revocations, isStale: true)
    }
}
