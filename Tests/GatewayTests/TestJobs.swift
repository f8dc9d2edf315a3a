import JOSE

@testable import Gateway

extension TokenJobs {
    /// Jobs for one test: so many tokens at once, all of them of one client if it likes.
    static func test(
        limit: Int = 4, threads: Int = 1,
        open: @escaping @Sendable (TokenJob) -> Result<OpenedToken, JOSEError> = TokenJobs.open
    ) -> TokenJobs {
        TokenJobs(limits: TokenJobQueue.Limits(jobs: limit, jobsPerClient: limit), threads: threads, open: open)
    }
}
