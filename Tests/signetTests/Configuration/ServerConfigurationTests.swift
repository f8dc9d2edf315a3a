import Testing

@testable import signet

@Suite("The configuration")
struct ServerConfigurationTests {
    private func configuration(_ yaml: String, _ environment: [String: String] = [:]) throws -> ServerConfiguration {
        var settings = try Settings(yaml: yaml, file: "signet.yaml")
        try settings.overlay(environment: environment, readFile: { path in Array("content of \(path)\n".utf8) })
        return try ServerConfiguration(settings)
    }

    private func faults(_ yaml: String, _ environment: [String: String] = [:]) -> [String] {
        do {
            _ = try configuration(yaml, environment)
            return []
        } catch let failure as CommandFailure {
            #expect(failure.status == .configuration)
            return failure.reason.split(separator: "\n").map(String.init)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("Without anything, both listeners are on the loopback")
    func defaults() throws {
        let configuration = try configuration("")
        #expect(configuration.gateway.address.text == "127.0.0.1:8080")
        #expect(configuration.control.address.text == "127.0.0.1:8081")
        #expect(configuration.admin == nil)
        #expect(configuration.issuer == nil)
    }

    @Test(
        "A fault names its line",
        arguments: [
            ("isuer: http://a", "signet.yaml:1: isuer: unknown field"),
            ("listenrs:", "signet.yaml:1: listenrs: unknown field"),
            ("listenrs: {}", "signet.yaml:1: listenrs: unknown field"),
            ("limits: {head_byts: }", "signet.yaml:1: limits.head_byts: unknown field"),
            (
                "issuer: http://a\nlisteners:\n  gatway: {address: 127.0.0.1:1}",
                "signet.yaml:3: listeners.gatway.address"
            ),
            ("store: {url: postgres://x}", "signet.yaml:1: store.url: expected sqlite:PATH"),
            ("root_key: {provider: vault}", "signet.yaml:1: root_key.provider: expected file"),
            ("limits:\n  head_bytes: lots", "signet.yaml:2: limits.head_bytes: expected a number"),
            ("limits: {token_job_threads: 0}", "signet.yaml:1: limits.token_job_threads: expected a number"),
            ("limits: {token_jobs_per_client: x}", "signet.yaml:1: limits.token_jobs_per_client: expected a number"),
            ("issuer: [a]", "signet.yaml:1: issuer: expected one value, got a list"),
            ("log: {level: loud}", "signet.yaml:1: log.level: expected trace"),
            ("issuer: http://a/", "signet.yaml:1: issuer: expected http://"),
            ("egress: {private_addresses: localhost}", "signet.yaml:1: egress.private_addresses: expected blocks"),
            ("egress: {private_addresses: 10.0.0.1/8}", "signet.yaml:1: egress.private_addresses: expected blocks"),
            ("egress: {private_addresses: ''}", "signet.yaml:1: egress.private_addresses: expected blocks"),
            ("egress: {authorities: ''}", "signet.yaml:1: egress.authorities: expected a file"),
        ])
    func faultsHaveLines(yaml: String, expected: String) {
        let found = faults(yaml)
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test("Threads for slow tokens are the operator's to choose")
    func tokenJobs() throws {
        #expect(try configuration("").limits.tokenJobThreads == nil)
        let limits = try configuration("limits: {token_job_threads: 3, token_jobs: 8, token_jobs_per_client: 2}").limits
        #expect(limits.tokenJobThreads == 3 && limits.tokenJobs == 8 && limits.tokenJobsPerClient == 2)
    }

    @Test("Addresses inside that keys may come from are none unless they are named")
    func privateAddresses() throws {
        #expect(try configuration("").privateAddresses == [])
        let named = try configuration("egress: {private_addresses: '10.0.0.0/8, fd00::/8', authorities: ca.pem}")
        #expect(named.privateAddresses == ["10.0.0.0/8", "fd00::/8"])
        #expect(named.authoritiesPath == "ca.pem")
    }

    @Test("Every fault is told in one run")
    func allFaultsAreTold() {
        #expect(faults("isuer: a\nlimits: {head_bytes: x}\nfoo: {bar: 1}").count == 3)
    }

    @Test(
        "A listener that other machines reach is refused without TLS unless plaintext is said",
        arguments: ["0.0.0.0:8080", "192.168.1.1:8080", "[::]:8080"])
    func plaintextIsSaid(address: String) throws {
        let yaml = "public_url: http://a\nlisteners: {gateway: {address: \"\(address)\""
        #expect(faults(yaml + "}}").contains { $0.contains("plaintext: true") })
        #expect(try configuration(yaml + ", plaintext: true}}").gateway.plaintext)
    }

    @Test("A wildcard address needs the URL that it stands for")
    func wildcardNeedsURL() {
        let found = faults("listeners: {control: {address: 0.0.0.0:1, plaintext: true}}")
        #expect(found == ["issuer: expected a URL, since listeners.control.address names no host"])
    }

    @Test("The environment overrides the file, and its files lose their last line break")
    func environment() throws {
        let configuration = try configuration(
            "listeners: {gateway: {address: 127.0.0.1:1}}",
            [
                "SIGNET_LISTENERS__GATEWAY__ADDRESS": "127.0.0.1:2", "SIGNET_ROOT_KEY__PASSPHRASE_FILE": "/secret",
                "SIGNET_SERVER": "http://elsewhere", "PATH": "/bin",
            ])
        #expect(configuration.gateway.address.port == 2)
        #expect(configuration.rootKeyPassphrase == "content of /secret")
    }

    @Test("A fault in the environment names the variable")
    func environmentFaults() {
        #expect(
            faults("", ["SIGNET_LIMITS__DRAIN": "soon"]).first?.hasPrefix("SIGNET_LIMITS__DRAIN: limits.drain") == true)
        #expect(faults("", ["SIGNET_LIMITS__DRIAN": "5s"]) == ["SIGNET_LIMITS__DRIAN: limits.drian: unknown field"])
    }

    @Test("A value and a file for the same setting are refused")
    func valueAndFile() {
        let found = faults("", ["SIGNET_ISSUER": "http://a", "SIGNET_ISSUER_FILE": "/x"])
        #expect(found == ["SIGNET_ISSUER and SIGNET_ISSUER_FILE set the same thing"])
    }

    @Test("A secret in a wrong place is not repeated in the fault")
    func faultsHoldNoValue() {
        #expect(!faults("log: {level: hunter2}").joined().contains("hunter2"))
    }
}
