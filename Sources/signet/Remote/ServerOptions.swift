import ArgumentParser

/// Which server a command talks to, and as whom.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's control URL. (default: SIGNET_SERVER, else http://127.0.0.1:8081)", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "The file that holds the credential. (default: SIGNET_ADMIN_TOKEN_FILE, else DATA/admin.token)",
            valueName: "file"))
    var adminTokenFile: String?

    @OptionGroup var place: DataOption

    /// The management API of that server.
    ///
    /// - Throws: ``CommandFailure``: 64 for a URL that is none, 77 when the credential can't be read.
    func adminClient() throws -> AdminClient {
        AdminClient(server: try ServerURL.choose(server), token: try token())
    }

    private func token() throws -> String {
        let path =
            adminTokenFile ?? ProcessEnvironment.all["SIGNET_ADMIN_TOKEN_FILE"]
            ?? DataDirectory(place.data).file("admin.token")
        let bytes: [UInt8]
        do {
            bytes = Input.trimmedText(try Input.file(path, limit: 4096))
        } catch let failure as CommandFailure {
            throw CommandFailure.notPermitted(
                "\(failure.reason); name the credential by --admin-token-file, or the data directory by --data")
        }
        // A token with other characters would end up in a header field.
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw CommandFailure.notPermitted("\(path) holds no credential")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The base URL of a server.
enum ServerURL {
    static let standard = "http://127.0.0.1:8081"

    /// What was given, else `SIGNET_SERVER`, else ``standard``.
    ///
    /// - Throws: ``CommandFailure`` 64 for anything but an http or https URL without path.
    static func choose(_ given: String?) throws -> String {
        let environment = given == nil ? ProcessEnvironment.all["SIGNET_SERVER"] : nil
        var text = given ?? environment ?? standard
        if text.hasSuffix("/") { text.removeLast() }
        guard let origin = WebOrigin(text) else {
            let source = environment == nil ? "--server" : "SIGNET_SERVER"
            throw CommandFailure.usage("\(source): expected http://HOST:PORT or https://HOST:PORT")
        }
        if !origin.isHTTPS, !origin.isLoopback {
            StandardStreams.complain("signet: \(origin.text) is not encrypted: others on the way can read credentials")
        }
        return origin.text
    }
}
