import HTTPEngine
import JOSE
import Monitoring
import Problems
import Resources

extension GatewayLoop {
    /// Chooses the upstream and sends the request there.
    ///
    /// - Parameters:
    ///   - number: the API's place in the snapshot.
    ///   - place: that of the exchange's token in the cache, if it has one.
    mutating func forward(
        _ exchange: ExchangeID, _ api: CompiledAPI, number: Int, place: Int?
    ) -> RequestDecision {
        guard !api.upstreams.isEmpty else {
            return refuse(Refusal(.upstreamUnreachable, at: .forward, "no-upstreams"), exchange)
        }
        let chosen = health.choose(among: api.upstreamIndices, turn: nextTurn(number), now: now.nanoseconds)
        let upstream = api.upstreams[chosen]
        states[exchange.index].upstream = chosen
        if api.forward == .jwt, let token = states[exchange.index].token {
            switch bearer(for: token, at: place, upstream: upstream, key: api.forwardKey) {
            case .failure(let refusal): return refuse(refusal, exchange)
            case .success(let bearer): states[exchange.index].bearer = bearer
            }
        }
        return .forward(
            Forwarding(upstream: upstream.id, timeouts: api.timeouts, maxBodyBytes: api.maximumBodyBytes))
    }

    /// The token of `forward: jwt`.
    private mutating func bearer(
        for token: VerifiedToken, at place: Int?, upstream: CompiledUpstream, key: SigningKey?
    ) -> Result<[UInt8], Refusal> {
        guard let key else { return .failure(Refusal(.keysUnavailable, at: .forward, "forward-key-missing")) }
        if let place, let known = tokenGuard.cache.forward(at: place, to: upstream, key: key, now: nowSeconds) {
            return .success(known.text)
        }
        let made = ForwardToken.make(
            for: token, upstream: upstream, issuer: configuration.issuer, key: key, jwtID: ids.next().description,
            now: nowSeconds)
        if let place, case .success(let forward) = made { tokenGuard.cache.keep(forward, at: place) }
        return made.map(\.text)
    }

    /// Writes the head that the upstream gets.
    mutating func writeUpstreamHead(
        _ head: borrowing RequestHead, exchange: ExchangeID, into output: inout OutputBuffer
    ) {
        guard states.indices.contains(exchange.index), let matched = states[exchange.index].snapshot else { return }
        let route = matched.routes[states[exchange.index].route]
        let plan = Forwarder.Plan(
            stripLength: route.stripLength,
            upstream: matched.apis[route.api].upstreams[states[exchange.index].upstream],
            identityLines: states[exchange.index].token?.identityLines ?? [],
            bearer: states[exchange.index].bearer, dropsAuthorization: !route.isPublic,
            requestID: states[exchange.index].event.requestID)
        forwarder.write(head, plan: plan, into: &output)
    }

    /// The upstream's fields, but for `X-Signet-…` and its own idea of the request's id; and `Date`, which a recipient with
    /// a clock adds where it got none (RFC 9110 section 6.6.1).
    mutating func writeResponseFields(
        _ head: borrowing ResponseHead, exchange: ExchangeID, into output: inout OutputBuffer
    ) {
        var isDated = false
        for index in 0..<head.fieldCount where head.isForwardable(at: index) && !head.isSignetField(at: index) {
            switch head.known(at: index) {
            case .xRequestID: continue
            case .date where isDated: continue
            case .date: isDated = true
            default: break
            }
            head.copyLine(at: index, into: &output)
        }
        if !isDated {
            output.append("Date: ")
            output.append(date.value(unixMilliseconds: now.unixMilliseconds))
            output.append("\r\n")
        }
        guard states.indices.contains(exchange.index) else { return }
        output.append("X-Request-Id: ")
        let id = states[exchange.index].event.requestID
        for index in 0..<RequestID.length { output.append(id.digit(at: index)) }
        output.append("\r\n")
    }

    private mutating func nextTurn(_ api: Int) -> Int {
        // As many as there are APIs: configuration bounds it.
        while turns.count <= api { turns.append(0) }
        turns[api] &+= 1
        return turns[api] & Int.max
    }
}
