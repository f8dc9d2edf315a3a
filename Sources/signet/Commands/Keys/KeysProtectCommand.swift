import ArgumentParser
import CSupervisor
import Glibc
import JOSE
import KeyManagement
import Logging
import Store

/// `signet keys protect`.
struct KeysProtectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Protect the root key of a server that is stopped as its settings say.",
        usage: "signet keys protect [--config <file>] [--data <dir>] [<options>]",
        discussion: """
            Writes root.key anew, so that the settings below root_key open it: readable by its owner alone, sealed by a \
            passphrase, or wrapped by a device. What it takes to open it until now stands below root_key.previous: \
            passphrase, or provider with that device's settings. The key itself stays, and every token with it.

            No server may use the data directory meanwhile. What is written is opened again before it takes the old \
            file's place; whatever fails leaves that as it was.
            """)

    @OptionGroup var server: ServerFiles
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try SystemFailure.check("can't protect the process", signet_harden())
        let configuration = try ServerConfiguration(try server.settings())
        guard configuration.rootKeyValue == nil else {
            throw CommandFailure.configuration("root_key.value is given at each start: there is no file to protect")
        }
        try configuration.memoryLock.apply(logger: Logger(label: "signet") { _ in SwiftLogNoOpLogHandler() })
        let data = DataDirectory(server.data)
        try Self.checkOwner(of: data.file(RootKeyFile.name))
        let lock = try data.lock()
        defer { close(lock) }
        data.removeDrafts()
        let reminder = Self.reminder(of: configuration)
        defer { reminder.cancel() }
        let change = try await Self.protect(configuration, data)
        output.print([
            "root_key": .string(change.id), "before": .string(change.before), "after": .string(change.after),
            "changed": .bool(change.isChange),
        ]) { Self.text(change) }
    }

    /// Says what the command waits for when that takes long.
    private static func reminder(of configuration: ServerConfiguration) -> Task<Void, any Error> {
        let providers = [configuration.formerProtection.provider, configuration.rootKeyProvider].compactMap { $0?.name }
        return Task {
            guard !providers.isEmpty else { return }
            try await Task.sleep(for: .seconds(3))
            StandardStreams.complain("signet: waiting for the key provider \(providers.joined(separator: " or "))")
        }
    }

    /// A file that another user made is one that the server can't open.
    private static func checkOwner(of path: String) throws {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_uid != geteuid() else { return }
        throw CommandFailure.configuration(
            "\(path) belongs to the user \(status.st_uid), and this is \(geteuid()): run the command as that user, or the server "
                + "could not open what it writes")
    }

    private static func protect(
        _ configuration: ServerConfiguration, _ data: DataDirectory
    ) async throws -> RootKeyProtectionChange {
        let provider = try configuration.rootKeyProvider.map(Providers.make)
        let former = try configuration.formerProtection.provider.map(Providers.make)
        let path = configuration.databasePath ?? data.file("signet.db")
        // Opening it would make one.
        let hasStore = unsafe access(path, F_OK) == 0
        // Ends with this process.
        if hasStore { _ = try data.lockStore(at: path) }
        let database = hasStore ? try SQLiteDatabase(path: path) : nil
        let outcome: Result<RootKeyProtectionChange, any Error>
        do {
            outcome = .success(
                try await RootKeyFile.protect(
                    in: data.path, by: protection(configuration.rootKeyPassphrase, provider),
                    former: protection(configuration.formerProtection.passphrase, former), database: database,
                    isDeviceOfTokens: configuration.keyProvider == nil, actor: "cli"))
        } catch {
            outcome = .failure(error)
        }
        for device in [provider, former] { await device?.close() }
        try? await database?.close()
        return try outcome.get()
    }

    private static func protection(_ passphrase: String?, _ provider: (any KeyProvider)?) -> RootKeyProtection {
        if let provider { return .provider(provider) }
        return passphrase.map { .passphrase(SecretBytes(Array($0.utf8))) } ?? .none
    }

    private static func text(_ change: RootKeyProtectionChange) -> String {
        guard change.isChange else { return "root.key is \(words(change.after)) already" }
        guard change.before != change.after else { return "root.key is \(words(change.after)) now, and was by another" }
        return "root.key is \(words(change.after)), and was \(words(change.before))"
    }

    private static func words(_ protection: String) -> String {
        switch protection {
        case "file": "protected by its mode alone"
        case "passphrase": "sealed by the passphrase"
        default: "wrapped by \(protection)"
        }
    }
}
