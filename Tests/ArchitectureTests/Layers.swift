/// What one module may depend on.
struct LayerRule {
    /// 1 is the ground. Imports go to a lower layer, or to a module named in `Layers.sameLayer`.
    let layer: Int
    /// Our modules that it may import.
    let own: Set<String>
    /// Package products that it may depend on.
    let products: Set<String>

    init(layer: Int, own: Set<String> = [], products: Set<String> = []) {
        self.layer = layer
        self.own = own
        self.products = products
    }
}

/// The law about imports: what is not in this table is a failure, in `Package.swift` and in the sources alike.
enum Layers {
    static let crypto: Set = ["Crypto", "CryptoExtras"]
    static let logging: Set = ["Logging"]
    static let http: Set = [
        "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOHTTPTypes", "NIOPosix", "ServiceLifecycle",
    ]
    static let client: Set = ["NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL"]

    /// The modules of layers 1 to 3 that speak no data-path HTTP.
    static let control: Set = [
        "JOSE", "Problems", "Store", "ControlHTTP", "KeyManagement", "Resources", "Monitoring",
    ]

    static let rules: [String: LayerRule] = [
        "CLibcrypto": LayerRule(layer: 1),
        "CZlib": LayerRule(layer: 1),
        "JOSE": LayerRule(
            layer: 1, own: ["CLibcrypto", "CZlib"], products: crypto.union(["SwiftASN1", "X509"])),
        "Problems": LayerRule(layer: 1),
        "Store": LayerRule(layer: 1, products: ["GRDB"]),
        "Egress": LayerRule(layer: 1, products: client),
        "RemoteJWKS": LayerRule(layer: 2, own: ["JOSE", "Egress"]),
        "ControlHTTP": LayerRule(layer: 1, own: ["JOSE", "Problems"], products: http.union(logging)),
        "CEventLoop": LayerRule(layer: 2),
        "HTTPEngine": LayerRule(layer: 2, own: ["CEventLoop"]),
        "KeyManagement": LayerRule(layer: 2, own: ["JOSE", "Store"], products: crypto.union(logging)),
        "CPKCS11": LayerRule(layer: 3),
        "KeyProviders": LayerRule(layer: 3, own: ["CPKCS11", "JOSE", "Egress", "KeyManagement"], products: crypto),
        "Resources": LayerRule(
            layer: 2, own: ["JOSE", "Problems", "Store", "KeyManagement"], products: crypto.union(["Yams"])
        ),
        "Monitoring": LayerRule(layer: 2, own: ["JOSE", "Problems", "Store"], products: logging),
        "Gateway": LayerRule(
            layer: 3,
            own: ["JOSE", "Problems", "Store", "HTTPEngine", "KeyManagement", "Resources", "Monitoring"],
            products: crypto.union(logging)
        ),
        "AuthorizationServer": LayerRule(
            layer: 3, own: control.union(["RemoteJWKS"]), products: crypto.union(http).union(logging)
        ),
        "Admin": LayerRule(
            layer: 4, own: control.union(["AuthorizationServer"]), products: crypto.union(http).union(logging)
        ),
        "CSupervisor": LayerRule(layer: 5),
        "signet": LayerRule(
            layer: 5,
            own: control.union([
                "Egress", "RemoteJWKS", "KeyProviders", "HTTPEngine", "Gateway", "AuthorizationServer", "Admin",
                "CSupervisor",
            ]),
            products: crypto.union(http).union(logging).union(["ArgumentParser", "UnixSignals"])
        ),
    ]

    /// Edges within one layer, each with its reason in ARCHITECTURE.md's table.
    static let sameLayer: Set = [
        "JOSE -> CLibcrypto", "JOSE -> CZlib", "ControlHTTP -> JOSE", "ControlHTTP -> Problems",
        "HTTPEngine -> CEventLoop", "KeyProviders -> CPKCS11",
        "Resources -> KeyManagement",
        "signet -> CSupervisor",
    ]

    /// The modules that are library products, and so have a public surface.
    static let libraries: Set = ["JOSE", "RemoteJWKS"]

    /// Modules of the toolchain and the system that any module may import.
    static let system: Set = [
        "Darwin", "Dispatch", "FoundationEssentials", "Glibc", "Musl", "Swift", "Synchronization",
    ]

    /// Files that may import the whole of Foundation, each with what FoundationEssentials lacks for it.
    static let fullFoundation: [String: String] = [:]

    /// The modules that a source file of `module` may import.
    static func importable(by module: String) -> Set<String> {
        guard let rule = rules[module] else { return [] }
        return rule.own.union(rule.products).union(system)
    }

    /// One sentence per edge of `graph` that the table does not have.
    static func violations(in graph: [ModuleDependencies]) -> [String] {
        graph.flatMap { module -> [String] in
            guard let rule = rules[module.name] else { return ["\(module.name) is not in the table of layers"] }
            let own = module.own.filter { !rule.own.contains($0) }
            let products = module.products.filter { !rule.products.contains($0) }
            return (own + products).map { "\(module.name) must not depend on \($0)" }
        }
    }
}
