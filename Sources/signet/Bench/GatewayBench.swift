import Glibc
import JOSE

/// The programs and files of one measurement of the gateway: an upstream, nginx and a gateway before it.
struct GatewayBench {
    /// Entries of the gateway's token cache: far fewer than tokens, so that each request brings one it doesn't know.
    static let cacheEntries = 128
    /// Tokens that take turns.
    static let tokens = 4096

    let directory: String
    let upstreamPort: UInt16
    let nginxPort: UInt16
    let gatewayPort: UInt16
    let controlPort: UInt16

    init(directory: String) throws {
        self.directory = directory
        upstreamPort = try ListeningSockets.freePort()
        nginxPort = try ListeningSockets.freePort()
        gatewayPort = try ListeningSockets.freePort()
        controlPort = try ListeningSockets.freePort()
    }

    /// The three servers; they end when the values do.
    func start() throws -> (upstream: ChildProgram, nginx: ChildProgram, gateway: ChildProgram) {
        try write("upstream.conf", nginxConfiguration(name: "upstream", workers: "1", server: upstreamServer))
        try write("proxy.conf", nginxConfiguration(name: "proxy", workers: "auto", server: proxyServer))
        try write("signet.yaml", signetConfiguration)
        try write("resources.yaml", resources)
        return (
            upstream: try nginx("upstream.conf"), nginx: try nginx("proxy.conf"),
            gateway: try ChildProgram(
                "/proc/self/exe", ["serve", "--config", file("signet.yaml"), "--data", file("data")],
                output: file("signet.log"))
        )
    }

    func file(_ name: String) -> String { "\(directory)/\(name)" }

    func write(_ name: String, _ text: String) throws {
        try PrivateFile.write(Array(text.utf8), to: file(name))
    }

    private func nginx(_ configuration: String) throws -> ChildProgram {
        try ChildProgram(
            "nginx", ["-p", directory, "-c", file(configuration), "-e", file("nginx.log")], output: file("nginx.log"))
    }

    /// As lean as it gets on both sides: no logs, connections kept.
    private func nginxConfiguration(name: String, workers: String, server: String) -> String {
        """
        daemon off; pid \(name).pid; error_log nginx.log crit; worker_processes \(workers);
        \(geteuid() == 0 ? "user root;" : "")
        events { worker_connections 4096; }
        http {
          access_log off; keepalive_requests 1000000000; keepalive_timeout 300s;
          client_body_temp_path tmp-\(name)-a; proxy_temp_path tmp-\(name)-b; fastcgi_temp_path tmp-\(name)-c;
          uwsgi_temp_path tmp-\(name)-d; scgi_temp_path tmp-\(name)-e;
          \(server)
        }
        """
    }

    private var upstreamServer: String {
        "server { listen 127.0.0.1:\(upstreamPort) backlog=4096; location / { return 200 \"ok\\n\"; } }"
    }

    private var proxyServer: String {
        """
        upstream up { server 127.0.0.1:\(upstreamPort); keepalive 128; keepalive_requests 1000000000; }
          server {
            listen 127.0.0.1:\(nginxPort) reuseport backlog=4096;
            location / {
              proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_set_header X-Forwarded-For $remote_addr;
            }
          }
        """
    }

    private var signetConfiguration: String {
        """
        listeners: {gateway: {address: 127.0.0.1:\(gatewayPort)}, control: {address: 127.0.0.1:\(controlPort)}}
        limits: {token_cache_entries: \(Self.cacheEntries)}
        log: {level: error}
        """
    }

    private var resources: String {
        let profiles = ["asymmetric", "symmetric"].map { profile in
            """
            kind: API
            name: \(profile)
            spec:
              type: rest
              audience: https://\(profile).example
              scopes: [read]
              token: {profile: \(profile), lifetime: 1h}
              upstreams: [{url: "http://127.0.0.1:\(upstreamPort)"}]
              routes:
                - {path: {prefix: /\(profile)}, scopes: [read]}
                - {path: {prefix: /plain-\(profile)}, access: public}
            ---

            """
        }
        return profiles.joined() + """
            kind: Client
            name: bench
            spec: {grants: [client_credentials], auth: client_secret_basic, apis: {asymmetric: [read], symmetric: [read]}}
            """
    }
}
