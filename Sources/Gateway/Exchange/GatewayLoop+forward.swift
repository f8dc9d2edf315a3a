import HTTPEngine
import Monitoring
import Problems
import Resources

extension GatewayLoop {
    /// Chooses the upstream and sends the request there.
    mutating func forward(
        _ head: borrowing RequestHead, _ exchange: ExchangeID, route: CompiledRoute, api: CompiledAPI
    ) -> RequestDecision {
        guard !api.upstreams.isEmpty else {
            return refuse(Refusal(.upstreamUnreachable, at: .forward, "no-upstreams"), exchange)
        }
        let place = health.choose(among: api.upstreamIndices, turn: nextTurn(route.api), now: now.nanoseconds)
        let upstream = api.upstreams[place]
        states[exchange.index].upstream = place
        if api.forward == .jwt, let token = states[exchange.index].token {
            let bearer = forwardTokens.token(
                for: token, upstream: upstream, issuer: configuration.issuer, key: api.forwardKey,
                jwtID: ids.next().description, now: nowSeconds)
            guard let bearer else {
                return refuse(Refusal(.keysUnavailable, at: .forward, "forward-key-missing"), exchange)
            }
            states[exchange.index].bearer = bearer
        }
        return .forward(
            Forwarding(upstream: upstream.id, timeouts: api.timeouts, maxBodyBytes: api.maximumBodyBytes))
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

    /// The upstream's fields, but for `X-Signet-…` and its own idea of the request's id.
    func writeResponseFields(
        _ head: borrowing ResponseHead, exchange: ExchangeID, into output: inout OutputBuffer
    ) {
        for index in 0..<head.fieldCount
        where head.isForwardable(at: index) && !head.isSignetField(at: index) && head.known(at: index) != .xRequestID {
            head.copyLine(at: index, into: &output)
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
