import JOSE

@testable import Gateway

extension TokenJobs {
    /// Jobs for one test: so many tokens at once, all of them of one client if it likes.
    static func test(
        limit: Int = 4, threads: Int = 1,
        open: @escaping @Sendable (TokenJob) -> Result<OpenedToken, JOSEError> = TokenJobs.open
    ) -> TokenJobs {
        TokenJobs(limits: TokenJobQueue.Limits(jobs: limit, jobsPerClient: limit), lanes: threads) { job, done in
            done(open(job).mapError { .token($0) })
        }
    }

    /// Opens with the keys that are here.
    static let open: @Sendable (TokenJob) -> Result<OpenedToken, JOSEError> = { job in
        do throws(TokenOpener.Failure) {
            return .success(try TokenOpener.open(job.token.span, keys: job.keys))
        } catch {
            guard case .token(let error) = error else { return .failure(JOSEError(.keyNotFound, "\(error)")) }
            return .failure(error)
        }
    }

    /// Jobs by the device that has the key.
    static func testByDevice(limit: Int = 4, lanes: Int = 2) -> TokenJobs {
        TokenJobs(
            limits: TokenJobQueue.Limits(jobs: limit, jobsPerClient: limit), lanes: lanes, open: TokenJobs.byDevice)
    }
}
