public import JOSE

extension RemoteJWKS {
    /// The bounds of a remote key set. The defaults fit an identity provider on the Internet.
    public struct Configuration: Sendable {
        /// The signature algorithms that keys may be bound to: every asymmetric one.
        ///
        /// A key is bound to the algorithm that its `alg` names, if it is one of these. A key without `alg` is bound to
        /// the only one of these that it goes with; if it goes with several, as RSA keys do, it is passed over. For an
        /// issuer that publishes RSA keys without `alg`, name the one it uses: `[.rs256]`.
        public var algorithms = SignatureAlgorithm.allCases.filter { !$0.isSymmetric }

        /// The longest time of one fetch: name look-up, connection, TLS and the whole body. 100 ms to 60 s.
        public var timeout: Duration = .seconds(5)
        /// The most octets of a set. At most 1 MiB.
        public var maximumBytes = 512 * 1024
        /// The most keys of a set, those that are passed over included. At most 1,000.
        public var maximumKeys = 100

        /// How long a set is used without asking again, when the answer does not say it (`Cache-Control: max-age`).
        public var defaultLifetime: Duration = .seconds(600)
        /// The shortest time, whatever the answer says.
        public var minimumLifetime: Duration = .seconds(60)
        /// The longest time, whatever the answer says: this long at most a withdrawn key goes on verifying.
        public var maximumLifetime: Duration = .seconds(24 * 3600)
        /// How long an expired set is used while it can't be fetched. Zero: not at all.
        public var staleLifetime: Duration = .seconds(3600)

        /// The shortest time between a fetch and the next one that a `kid` outside the set brings about.
        public var cooldown: Duration = .seconds(30)
        /// How long a `kid` that a fresh set did not have brings about no further fetch.
        public var unknownKeyLifetime: Duration = .seconds(120)
        /// The most such kids that are remembered.
        public var maximumUnknownKeys = 1_000
        /// The most fetches in a minute, for whatever reason.
        public var fetchesPerMinute = 10

        /// The ports that may be connected to.
        public var ports: [ClosedRange<Int>] = [443...443, 8443...8443]
        /// Blocks of addresses beyond the public Internet that may be connected to, such as `10.0.0.0/8` or
        /// `fd00::/8`; one address is a block too. Without this, loopback, private, link-local, shared, multicast and
        /// cloud metadata addresses are refused.
        public var allowedPrivateAddresses: [String] = []
        /// Certificates in PEM of the authorities to trust, instead of those that the system trusts.
        public var trustedAuthorities: [UInt8]?
        /// Takes http without TLS on the loopback, where nobody else listens: for trying things. The loopback must be
        /// among ``allowedPrivateAddresses`` too.
        public var dangerouslyAllowsPlaintextOnLoopback = false

        /// The defaults.
        public init() {}
    }
}

extension RemoteJWKS.Configuration {
    /// - Throws: `configuration-invalid` that names the field.
    func check() throws(RemoteJWKSError) {
        try expect(!algorithms.isEmpty && algorithms.allSatisfy { !$0.isSymmetric }, "algorithms: asymmetric ones")
        try expect((.milliseconds(100) ... .seconds(60)).contains(timeout), "timeout: 100 ms to 60 s")
        try expect((1...(1 << 20)).contains(maximumBytes), "maximumBytes: 1 to 1 MiB")
        try expect((1...1_000).contains(maximumKeys), "maximumKeys: 1 to 1,000")
        try expect(
            minimumLifetime >= .seconds(1) && minimumLifetime <= defaultLifetime && defaultLifetime <= maximumLifetime,
            "minimumLifetime of at least 1 s, up to defaultLifetime, up to maximumLifetime")
        try expect(maximumLifetime <= .seconds(7 * 86_400), "maximumLifetime: at most 7 days")
        try expect((.zero ... .seconds(7 * 86_400)).contains(staleLifetime), "staleLifetime: at most 7 days")
        try expect((.seconds(1) ... .seconds(3600)).contains(cooldown), "cooldown: 1 s to 1 h")
        try expect((.zero ... .seconds(3600)).contains(unknownKeyLifetime), "unknownKeyLifetime: at most 1 h")
        try expect((1...100_000).contains(maximumUnknownKeys), "maximumUnknownKeys: 1 to 100,000")
        try expect((1...600).contains(fetchesPerMinute), "fetchesPerMinute: 1 to 600")
        try expect(
            !ports.isEmpty && ports.allSatisfy { (1...65_535).contains($0.lowerBound) && $0.upperBound <= 65_535 },
            "ports: 1 to 65535")
    }

    private func expect(_ holds: Bool, _ expected: String) throws(RemoteJWKSError) {
        guard holds else { throw RemoteJWKSError(.configurationInvalid, "expected \(expected)") }
    }
}
