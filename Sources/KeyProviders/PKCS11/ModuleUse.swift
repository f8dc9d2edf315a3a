import Synchronization

/// What the providers of this process share that use one module: it is initialized and finalized for all of them at once.
final class ModuleUse: Sendable {
    private struct State {
        /// Tokens in it that are not closed.
        var tokens = 0
        /// Calls that are in the module now.
        var active = 0
        /// Whether nobody else had initialized it, so that it is ours to finalize.
        var isOurs = false
        /// How often it was finalized: sessions of before are no more, and their handles begin anew.
        var epoch = 0
    }

    private static let all = Mutex<[String: ModuleUse]>([:])

    private let state = Mutex(State())

    /// The one of a module's path.
    static func of(_ path: String) -> ModuleUse {
        all.withLock { all in
            if let known = all[path] { return known }
            let new = ModuleUse()
            all[path] = new
            return new
        }
    }

    var epoch: Int { state.withLock { $0.epoch } }

    func enter() { state.withLock { $0.active += 1 } }

    func leave() { state.withLock { $0.active -= 1 } }

    func initialize(_ module: CryptokiModule, joining isJoining: Bool) throws {
        try state.withLock { state in
            if try module.initialize() { state.isOurs = true }
            if isJoining { state.tokens += 1 }
        }
    }

    /// Finalizes the module unless somebody else is in it; who comes now waits for the lock.
    func finalizeIfAlone(_ module: CryptokiModule) -> Bool {
        state.withLock { state in
            guard state.isOurs, state.active == 1 else { return false }
            Self.finalize(module, &state)
            return true
        }
    }

    /// A token is closed; with the last one the module is finalized.
    func part(_ module: CryptokiModule) {
        state.withLock { state in
            state.tokens -= 1
            if state.tokens == 0, state.isOurs { Self.finalize(module, &state) }
        }
    }

    private static func finalize(_ module: CryptokiModule, _ state: inout State) {
        // Whether it worked shows by what it answers next.
        try? module.finalize()
        state.isOurs = false
        state.epoch += 1
    }
}
