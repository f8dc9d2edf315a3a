/// Where tokens are opened off the loops. Each place has bounds of its own, so that a device that hangs does not keep back
/// tokens that need none.
struct TokenWorkplaces: Sendable {
    let threads: TokenJobs
    let device: TokenJobs

    subscript(_ workplace: TokenKeys.Workplace) -> TokenJobs {
        switch workplace {
        case .thread: threads
        case .device: device
        }
    }
}

extension TokenWorkplaces {
    init(_ configuration: GatewayConfiguration) {
        threads = TokenJobs(
            limits: TokenJobQueue.Limits(
                jobs: configuration.maximumTokenJobs, jobsPerClient: configuration.maximumTokenJobsPerClient),
            lanes: configuration.tokenJobThreads, open: TokenJobs.onThread)
        device = TokenJobs(
            limits: TokenJobQueue.Limits(
                jobs: configuration.maximumDeviceCalls, jobsPerClient: configuration.maximumDeviceCallsPerClient),
            lanes: configuration.deviceCallsAtOnce,
            opened: OpenedTokens(
                entries: configuration.tokenCacheEntries, bytes: configuration.tokenCacheBytes),
            open: TokenJobs.byDevice)
    }
}
