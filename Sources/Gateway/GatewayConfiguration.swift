import Glibc
import KeyManagement

/// What the operator decides about the data path, beside the resources.
package struct GatewayConfiguration: Sendable, Equatable {
    /// The issuer whose tokens are taken: their `iss`, compared octet by octet.
    package var issuer: String
    /// The scheme of the public URL, for `X-Forwarded-Proto`: the gateway may stand behind something that ends TLS.
    package var publicScheme: String
    /// What the gateway calls itself in `CDN-Loop` (RFC 8586), so that it knows a request which comes back: of
    /// this process alone, since a gateway behind another is no circle.
    package var pseudonym = "signet-" + String(UInt64.random(in: .min ... .max), radix: 16)
    /// The longest token in octets; a longer one is refused before it is read.
    package var maximumTokenBytes = 16_384
    /// Tokens kept by all loops together.
    package var tokenCacheEntries = 65_536
    /// Octets that the kept tokens hold, all loops together.
    package var tokenCacheBytes = 67_108_864
    /// Seconds by which clocks may differ, for `exp` and `nbf`.
    package var leeway: Int64 = 30
    /// Slow tokens being opened or waiting for it, over all loops; beyond it requests get 503.
    package var maximumTokenJobs = 256
    /// Those of them that one client address may have: one alone can't fill the queue.
    package var maximumTokenJobsPerClient = 64
    /// Threads that open slow tokens.
    package var tokenJobThreads = max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    /// How long a request waits for its slow token.
    package var tokenJobDeadline = Duration.seconds(2)
    /// Tokens being opened by a device or waiting for it, over all loops; beyond it requests get 503. A public key is all
    /// that a stranger needs to have a device work for him.
    package var maximumDeviceCalls = 256
    /// Those of them that one client address may have.
    package var maximumDeviceCallsPerClient = 16
    /// Calls to the device that the gateway makes at once.
    package var deviceCallsAtOnce = 32
    /// How long a request waits for the device: after it the client gets 503, and the call ends within the bounds of its
    /// device, one of ``deviceCallsAtOnce`` until then.
    package var deviceCallDeadline = Patience.ofRequests

    /// - Parameters:
    ///   - issuer: the issuer's identifier, as in its metadata.
    ///   - publicURL: where clients reach the gateway; of it only the scheme is used here.
    package init(issuer: String, publicURL: String) {
        self.issuer = issuer
        publicScheme = publicURL.lowercased().hasPrefix("https:") ? "https" : "http"
    }
}
