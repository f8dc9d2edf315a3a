import HTTPEngine
import Monitoring
import Problems

/// The gateway's judgement on one event loop: matches, guards, forwards, refuses.
///
/// All of its state belongs to its loop's thread; what it shares with other threads is the ``SnapshotCell`` (read when
/// its epoch moved), the ``UsageRing`` (its own) and the ``TokenJobs``.
///
/// A value, with ``GatewayHandler`` as the object around it: so the run-time checks for exclusive access are made once per
/// call of the engine and not at every property, where they took an eighth of a request's time.
struct GatewayLoop {
    let configuration: GatewayConfiguration
    let cell: SnapshotCell
    let jobs: TokenWorkplaces
    let usage: UsageRecorder
    let ring: UsageRing?
    let problemNumbers: [ProblemCode: UInt32]

    var snapshot: Snapshot
    var tokenGuard: TokenGuard
    let loopField: CDNLoopField
    var forwarder: Forwarder
    var health = UpstreamHealth()
    var date = DateField()
    var ids = RequestIDSource()
    var states: [ExchangeState]
    /// Per place in ``Snapshot/apis``: whose turn it is among the upstreams.
    var turns: [Int] = []
    var now = LoopTime(nanoseconds: 0, unixMilliseconds: 0)
    private var path: [UInt8] = []

    init(
        configuration: GatewayConfiguration, cell: SnapshotCell, jobs: TokenWorkplaces, usage: UsageRecorder,
        loop: Int, maxConnections: Int
    ) {
        self.configuration = configuration
        self.cell = cell
        self.jobs = jobs
        self.usage = usage
        ring = usage.ring(loop: loop)
        problemNumbers = Dictionary(
            uniqueKeysWithValues: ProblemCode.allCases.map { ($0, usage.names.number(of: $0.rawValue)) })
        snapshot = cell.current
        let loops = usage.loopCount
        tokenGuard = TokenGuard(
            cache: TokenCache(
                entries: configuration.tokenCacheEntries / loops, bytes: configuration.tokenCacheBytes / loops))
        loopField = CDNLoopField(pseudonym: configuration.pseudonym)
        forwarder = Forwarder(scheme: configuration.publicScheme, loopField: loopField)
        states = Array(repeating: ExchangeState(), count: maxConnections)
    }

    var nowSeconds: Int64 { now.unixMilliseconds / 1000 }

    mutating func loopWillProcess(now: LoopTime) {
        self.now = now
        guard cell.epoch != snapshot.epoch else { return }
        snapshot = cell.current
    }

    mutating func requestHead(_ head: borrowing RequestHead, exchange: ExchangeID) -> RequestDecision {
        guard states.indices.contains(exchange.index) else {
            return .respond(ErrorAnswer.response(.overloaded, requestID: ids.next(), closes: true))
        }
        begin(exchange, head)
        if loopField.goesInCircles(head) {
            return refuse(Refusal(.loopDetected, at: .route, "goes-in-circles"), exchange)
        }
        switch match(head) {
        case .failure(let refusal): return refuse(refusal, exchange)
        case .success(let route):
            states[exchange.index].route = route
            return admit(head, exchange, route: snapshot.routes[route])
        }
    }

    mutating func resumed(_ exchange: ExchangeID, head: borrowing RequestHead, result: any Sendable) -> RequestDecision
    {
        guard states.indices.contains(exchange.index) else {
            return .respond(ErrorAnswer.response(.overloaded, requestID: ids.next(), closes: true))
        }
        guard let done = result as? TokenJobs.Done else {
            return refuse(Self.overloaded((result as? TokenJobs.Rejected)?.fault), exchange)
        }
        // Routes and policies may have changed while the token was opened: the present ones count.
        states[exchange.index].snapshot = snapshot
        switch match(head) {
        case .failure(let refusal): return refuse(refusal, exchange)
        case .success(let place):
            states[exchange.index].route = place
            let route = snapshot.routes[place]
            let api = snapshot.apis[route.api]
            states[exchange.index].event.route = route.number
            guard !route.isPublic, api.policyID == done.key.policyID, !snapshot.isStale else {
                return admit(head, exchange, route: route)
            }
            switch done.opened {
            case .failure(let error): return refuse(TokenOpener.refusal(error), exchange)
            case .success(let opened):
                let outcome = tokenGuard.accept(
                    opened, key: done.key, route: route, api: api, snapshot: snapshot, now: nowSeconds)
                return conclude(outcome, head, exchange, route: route, api: api, wasParked: true)
            }
        }
    }

    private mutating func begin(_ exchange: ExchangeID, _ head: borrowing RequestHead) {
        var state = ExchangeState()
        state.generation = exchange.generation
        state.snapshot = snapshot
        state.method = head.method
        state.peer = head.peer
        state.event.requestID = ids.next()
        state.event.atMilliseconds = now.unixMilliseconds
        states[exchange.index] = state
    }

    /// The route of a request, by its canonical path.
    private mutating func match(_ head: borrowing RequestHead) -> Result<Int, Refusal> {
        let method = RequestMethod(head)
        if !method.isOrdinary, let refusal = method.refusal { return .failure(refusal) }
        let found: Router.Match
        switch RequestPath.verdict(of: head.path) {
        case .refused(let fault): return .failure(Refusal(.requestMalformed, at: .path, fault.rawValue))
        case .plain: found = snapshot.router.match(host: head.host, path: head.path, isPlain: true, method: method)
        case .clean: found = snapshot.router.match(host: head.host, path: head.path, isPlain: false, method: method)
        case .respelled:
            // Taken out while it is lent, so that its memory is used again and again.
            var canonical: [UInt8] = []
            swap(&canonical, &path)
            canonical.removeAll(keepingCapacity: true)
            RequestPath.rewrite(head.path, into: &canonical)
            found = snapshot.router.match(host: head.host, path: canonical.span, isPlain: false, method: method)
            swap(&canonical, &path)
        }
        switch found {
        case .route(let route): return .success(route)
        case .none: return .failure(Refusal(.routeNotFound, at: .route, "route-not-found"))
        case .hidden: return .failure(Refusal(.routeNotFound, at: .route, "guarded-route-takes-other-methods"))
        case .ambiguous: return .failure(Refusal(.requestMalformed, at: .route, "path-ambiguous"))
        }
    }

    /// Lets a request through its route's guard, if it has one.
    private mutating func admit(
        _ head: borrowing RequestHead, _ exchange: ExchangeID, route: CompiledRoute
    ) -> RequestDecision {
        let api = snapshot.apis[route.api]
        states[exchange.index].event.api = api.number
        states[exchange.index].event.route = route.number
        if route.isPublic {
            // The upstream may have tokens of its own in its queries, but never gets one of ours.
            guard !head.hasQuery || !RequestQuery.hasAccessToken(head.query, shapedLikeOurs: true) else {
                return refuse(Refusal(.requestMalformed, at: .credential, "token-in-query"), exchange)
            }
            return forward(exchange, api, number: route.api, place: nil)
        }
        if snapshot.isStale { return refuse(Refusal(.keysUnavailable, at: .key, "snapshot-stale"), exchange) }
        if head.hasQuery, RequestQuery.hasAccessToken(head.query) {
            return refuse(Refusal(.requestMalformed, at: .credential, "token-in-query"), exchange)
        }
        switch BearerCredential.find(in: head, limit: configuration.maximumTokenBytes) {
        case .missing: return refuse(Refusal(.tokenMissing, at: .credential, "token-missing"), exchange)
        case .malformed(let reason): return refuse(Refusal(.requestMalformed, at: .credential, reason), exchange)
        case .invalid(let reason): return refuse(Refusal(.tokenInvalid, at: .credential, reason), exchange)
        case .token(let field, let start, let end):
            let token = head.value(at: field).extracting(start..<end)
            let outcome = tokenGuard.check(
                token, route: route, api: api, snapshot: snapshot, now: nowSeconds)
            if case .mustPark(let digest, let workplace) = outcome {
                states[exchange.index].waitsForDevice = workplace == .device
                return park(head, token, digest, api, workplace)
            }
            return conclude(outcome, head, exchange, route: route, api: api, wasParked: false)
        }
    }

    private mutating func conclude(
        _ outcome: TokenGuard.Outcome, _ head: borrowing RequestHead, _ exchange: ExchangeID, route: CompiledRoute,
        api: CompiledAPI, wasParked: Bool
    ) -> RequestDecision {
        switch outcome {
        case .passed(let token, let wasCached, let place):
            states[exchange.index].token = token
            states[exchange.index].event.client = token.clientNumber
            states[exchange.index].event.guarded = wasParked ? .parked : wasCached ? .cached : .opened
            return forward(exchange, api, number: route.api, place: place)
        case .refused(let refusal): return refuse(refusal, exchange, scope: route.scopeText)
        case .mustPark:
            // Only a look-up asks for it, and that was handled there.
            return refuse(Self.overloaded(nil), exchange)
        }
    }

    private func park(
        _ head: borrowing RequestHead, _ token: Span<UInt8>, _ digest: TokenDigest, _ api: CompiledAPI,
        _ workplace: TokenKeys.Workplace
    ) -> RequestDecision {
        let octets = token.indices.map { token[$0] }
        let flight = TokenJob.Flight(
            key: TokenCache.Key(digest: digest, policyID: api.policyID), epoch: snapshot.epoch)
        let client = ClientNetwork(head.peer)
        let deadline = workplace == .device ? configuration.deviceCallDeadline : configuration.tokenJobDeadline
        let jobs = jobs[workplace]
        return .park(deadline: deadline) { ticket in
            jobs.submit(
                TokenJob(
                    token: octets, flight: flight, keys: api.keys, ticket: ticket,
                    deadline: .now.advanced(by: deadline), client: client))
        }
    }

    private static func overloaded(_ fault: TokenJobQueue.Fault?) -> Refusal {
        Refusal(.overloaded, at: .decrypt, (fault ?? .full).rawValue)
    }
}
