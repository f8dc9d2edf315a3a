// swift-tools-version: 6.2
import PackageDescription

/// The compiler settings of every Swift target.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// Tests use `#expect`, whose expansion strict memory safety cannot see through.
let testing: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

enum External {
    static let crypto: [Target.Dependency] = [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
    ]
    static let certificates: [Target.Dependency] = [
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
    ]
    static let logging: [Target.Dependency] = [.product(name: "Logging", package: "swift-log")]
    static let http: [Target.Dependency] = [
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    ]
    static let client: [Target.Dependency] = [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
    ]
    static let sqlite: [Target.Dependency] = [.product(name: "GRDB", package: "GRDB.swift")]
    static let yaml: [Target.Dependency] = [.product(name: "Yams", package: "Yams")]
    static let commandLine: [Target.Dependency] = [
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
    ]
}

/// A module of ours: its layer's rules are in ARCHITECTURE.md and enforced by the layer test.
struct Module {
    var name: String
    var imports: [String] = []
    var external: [Target.Dependency] = []
    var isC = false
    /// Libraries of the system that a C module links.
    var libraries: [String] = []
    /// What its tests need beyond that.
    var testExternal: [Target.Dependency] = []
    /// Whether its tests keep a log and look into it.
    var looksIntoLogs = false
    /// Whether it is nothing but the headers of one of Debian's libraries.
    var isSystemLibrary = false
    var hasTests = true
}

let modules: [Module] = [
    Module(name: "CLibcrypto", isC: true, libraries: ["crypto"], hasTests: false),
    Module(name: "CZlib", isSystemLibrary: true, hasTests: false),
    Module(name: "JOSE", imports: ["CLibcrypto", "CZlib"], external: External.crypto + External.certificates),
    Module(name: "Problems"),
    Module(name: "Store", external: External.sqlite),
    Module(name: "Egress", external: External.client),
    Module(name: "RemoteJWKS", imports: ["JOSE", "Egress"], testExternal: External.client),
    Module(
        name: "ControlHTTP", imports: ["JOSE", "Problems"], external: External.http + External.logging,
        looksIntoLogs: true),
    Module(name: "CEventLoop", isC: true, hasTests: false),
    Module(name: "HTTPEngine", imports: ["CEventLoop"]),
    Module(
        name: "KeyManagement", imports: ["JOSE", "Store"], external: External.crypto + External.logging,
        looksIntoLogs: true),
    Module(name: "CPKCS11", isC: true, hasTests: false),
    Module(name: "KeyProviders", imports: ["CPKCS11", "JOSE", "Egress", "KeyManagement"], external: External.crypto),
    Module(
        name: "Resources",
        imports: ["JOSE", "Problems", "Store", "KeyManagement"],
        external: External.yaml + External.crypto
    ),
    Module(name: "Monitoring", imports: ["JOSE", "Problems", "Store"], external: External.logging),
    Module(
        name: "Gateway",
        imports: ["JOSE", "Problems", "Store", "HTTPEngine", "KeyManagement", "Resources", "Monitoring"],
        external: External.crypto + External.logging
    ),
    Module(
        name: "AuthorizationServer",
        imports: [
            "JOSE", "Problems", "Store", "RemoteJWKS", "ControlHTTP", "KeyManagement", "Resources", "Monitoring",
        ],
        external: External.crypto + External.http + External.logging,
        looksIntoLogs: true
    ),
    Module(
        name: "Admin",
        imports: [
            "JOSE", "Problems", "Store", "ControlHTTP", "KeyManagement", "Resources", "Monitoring",
            "AuthorizationServer",
        ],
        external: External.crypto + External.http + External.logging
    ),
    Module(name: "CSupervisor", isC: true, hasTests: false),
]

let program = Module(
    name: "signet",
    imports: modules.map(\.name).filter { !["CEventLoop", "CLibcrypto", "CPKCS11", "CZlib"].contains($0) },
    external: External.commandLine + External.http + External.crypto + External.logging
)

/// `SIGNET_ONLY=JOSE,Store` leaves out every target but the named ones, what they import, and their tests.
let only = Context.environment["SIGNET_ONLY"].map { Set($0.split(separator: ",").map(String.init)) }

func closure(of names: Set<String>) -> Set<String> {
    var reached = names
    for module in (modules + [program]).reversed() where reached.contains(module.name) {
        reached.formUnion(module.imports)
    }
    return reached
}

let kept = only.map(closure(of:)) ?? Set((modules + [program]).map(\.name))

func targets(of module: Module) -> [Target] {
    let dependencies = module.imports.map { Target.Dependency.target(name: $0) } + module.external
    if module.isSystemLibrary { return [.systemLibrary(name: module.name)] }
    if module.isC {
        return [.target(name: module.name, linkerSettings: module.libraries.map { .linkedLibrary($0) })]
    }
    return [.target(name: module.name, dependencies: dependencies, swiftSettings: strict)]
}

func tests(of module: Module) -> [Target] {
    guard module.hasTests, only?.contains(module.name) ?? true else { return [] }
    return [
        .testTarget(
            name: "\(module.name)Tests",
            dependencies: [.target(name: module.name)] + module.imports.map { .target(name: $0) }
                + module.external + module.testExternal + (module.looksIntoLogs ? ["TestLogs"] : []),
            exclude: module.name == program.name ? ["Commands/Help"] : [],
            resources: module.name == "JOSE" ? [.copy("Vectors")] : [],
            swiftSettings: testing
        )
    ]
}

var allTargets = modules.filter { kept.contains($0.name) }.flatMap { targets(of: $0) + tests(of: $0) }
if modules.contains(where: { kept.contains($0.name) && $0.looksIntoLogs }) {
    allTargets.append(
        .target(name: "TestLogs", dependencies: External.logging, path: "Tests/TestLogs", swiftSettings: strict))
}
if kept.contains(program.name) {
    allTargets.append(
        .executableTarget(
            name: program.name,
            dependencies: program.imports.map { .target(name: $0) } + program.external,
            swiftSettings: strict
        )
    )
    allTargets += tests(of: program)
}
if only?.contains("JOSE") ?? true {
    // The documentation's examples see what another package sees: no package access.
    allTargets.append(
        .testTarget(name: "SnippetTests", dependencies: ["JOSE"], packageAccess: false, swiftSettings: testing)
    )
}
if only == nil {
    allTargets.append(.testTarget(name: "ArchitectureTests", swiftSettings: testing))
    allTargets += [
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .testTarget(
            name: "AllocationTests", dependencies: ["JOSE", "CAllocations"] + External.crypto, swiftSettings: testing),
    ]
}

let package = Package(
    name: "signet",
    products: ["JOSE", "RemoteJWKS"].filter(kept.contains).map { .library(name: $0, targets: [$0]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.20.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: allTargets,
    swiftLanguageModes: [.v6]
)
