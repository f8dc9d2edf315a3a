import ArgumentParser
import JOSE

/// `signet jwk convert`.
struct JWKConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a key in another form.",
        discussion: """
            Input is PEM if it begins with -----BEGIN, JSON if it begins with {, else DER, unless --from says what it \
            is. PEM and DER may hold SPKI, PKCS#8, PKCS#1, SEC 1 or an X.509 certificate, of which the public key is \
            taken. Several keys of PEM become a JWKS, and a JWKS several blocks of PEM.

            A private key stays private in every form but --form spki, which is the public half.
            """)

    @Option(help: "The form to write.")
    var to: KeyFormat

    @Option(help: "The form of the input. (default: what its first octets show)")
    var from: KeyFormat?

    @Option(
        help: """
            The structure of PEM or DER: pkcs1 for RSA, sec1 for private EC keys. (default: pkcs8 for private keys, spki \
            for public ones)
            """)
    var form: KeyStructureOption?

    @Option(help: ArgumentHelp("Write to this file, which only you can read (mode 0600).", valueName: "file"))
    var out: String?

    @Argument(help: ArgumentHelp("A JWK or JWKS, PEM or DER; standard input without it.", valueName: "file"))
    var file: String?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard to != .jwk || form == nil else { throw ValidationError("--form is for --to pem and --to der.") }
        guard to != .der || out != nil || output.json || !StandardStreams.outputIsTerminal else {
            throw ValidationError("DER is binary and standard output a terminal: use --out FILE, or redirect it.")
        }
    }

    func run() throws {
        let source = try KeySource(try Input.read(file), format: from, name: file ?? "standard input")
        switch to {
        case .jwk: try write(jwk: source)
        case .pem: try write(pem: source)
        case .der: try write(der: source)
        }
    }

    private func write(jwk source: KeySource) throws {
        let object: JSONObject
        if source.isSet {
            object = JWKSet(source.keys).object(includingPrivate: true)
        } else {
            object = source.keys.first?.object(includingPrivate: true) ?? JSONObject()
        }
        try emit(Array((JSONValue.object(object).serializedString(pretty: true) + "\n").utf8))
    }

    private func write(pem source: KeySource) throws {
        let blocks = try source.keys.map { try $0.pem(KeyStructureOption.form(of: $0, form)) }
        guard output.json else { return try emit(blocks.flatMap { $0 }) }
        let values = zip(source.keys, blocks).map { key, block in
            described(key, ["pem": .string(String(decoding: block, as: UTF8.self))])
        }
        try emit(json: source.isSet ? .array(values) : values.first ?? .null)
    }

    private func write(der source: KeySource) throws {
        guard let key = source.keys.first, source.keys.count == 1 else {
            throw CommandFailure.refused("key-ambiguous", "DER holds one key, and the input \(source.keys.count)")
        }
        let der = try key.der(KeyStructureOption.form(of: key, form))
        guard output.json else { return try emit(der) }
        try emit(json: described(key, ["der": .string(Base64URL.encode(der))]))
    }

    /// What is written, and which structure it is.
    private func described(_ key: JWK, _ value: JSONObject) -> JSONValue {
        var object: JSONObject = ["label": .string(KeyStructureOption.form(of: key, form).rawValue)]
        if let kid = key.kid { object["kid"] = .string(kid) }
        for (name, member) in value { object[name] = member }
        return .object(object)
    }

    private func emit(json value: JSONValue) throws {
        try emit(Array((value.serializedString(pretty: true) + "\n").utf8))
    }

    private func emit(_ octets: [UInt8]) throws {
        if let out {
            try PrivateFile.write(octets, to: out)
        } else {
            StandardStreams.write(octets)
        }
    }
}
