import KeyManagement
import Synchronization

// MARK: Reaching it

extension Token {
    func connected() throws -> TokenConnection { try state.withLock { state in try connect(&state) } }

    private func connect(_ state: inout State) throws -> TokenConnection {
        if let connection = state.connection {
            if connection.epoch == moduleUse.epoch { return connection }
            // Another provider has finalized the module.
            forgetConnection(&state)
        }
        let module: CryptokiModule
        if let loaded = state.module { module = loaded } else { module = try load() }
        state.module = module
        // Some modules find a device that was away only when they are initialized anew.
        if state.isSuspect, moduleUse.finalizeIfAlone(module) {
            state.isSuspect = false
            forgetConnection(&state)
        }
        try moduleUse.initialize(module, joining: !state.isJoined)
        state.isJoined = true
        let epoch = moduleUse.epoch
        let (slot, token) = try findToken(module)
        let connection = TokenConnection(
            module: module, slot: slot, token: token, generation: state.generation, epoch: epoch)
        state.connection = connection
        return connection
    }

    private func forgetConnection(_ state: inout State) {
        state.connection = nil
        state.isLoggedIn = false
        state.generation += 1
    }

    private func load() throws(ProviderError) -> CryptokiModule {
        do throws(CryptokiModule.LoadFailure) {
            return try CryptokiModule(path: settings.modulePath)
        } catch {
            throw ProviderError(
                .configurationInvalid,
                "the module \(settings.modulePath) can't be loaded: \(error.reason); check \(settings.path).module")
        }
    }

    private func findToken(_ module: CryptokiModule) throws -> (UInt, TokenInfo) {
        var tokens: [(slot: UInt, info: TokenInfo)] = []
        for slot in try module.slots() {
            let info = try module.tokenInfo(slot)
            if info.flags.contains(.initialized) { tokens.append((slot, info)) }
        }
        guard !tokens.isEmpty else {
            throw ProviderError(
                .unreachable,
                "no slot of \(settings.modulePath) has an initialized token: is the device connected, and does the "
                    + "module's own configuration point to it?")
        }
        let matching = tokens.filter { settings.token.matches($0.info, in: $0.slot) }
        if let only = matching.first, matching.count == 1 { return only }
        let all = tokens.map { "\($0.info.label) (slot \($0.slot))" }.joined(separator: ", ")
        guard matching.isEmpty else {
            throw ProviderError(
                .configurationInvalid, "\(matching.count) tokens are \(settings.token); name one by its slot: \(all)")
        }
        throw ProviderError(.keyMissing, "\(settings.modulePath) has no \(settings.token); there are: \(all)")
    }
}
