/// Names that a fresh set did not have. Bounded: the oldest makes room, for names cost whoever makes them up nothing.
struct UnknownKeys {
    typealias Instant = ContinuousClock.Instant

    private let limit: Int
    private var expiries: [[UInt8]: Instant] = [:]
    /// In the order of insertion, which is that of expiry, since all live equally long; a ring once it is full.
    private var order: [[UInt8]] = []
    private var oldest = 0

    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    var count: Int { expiries.count }

    func contains(_ kid: String?, _ now: Instant) -> Bool {
        expiries[Self.octets(kid)].map { now < $0 } ?? false
    }

    mutating func insert(_ kid: String?, until: Instant, _ now: Instant) {
        let name = Self.octets(kid)
        guard name.count <= 512, until > now else { return }
        guard expiries.updateValue(until, forKey: name) == nil else { return }
        guard order.count == limit else { return order.append(name) }
        expiries[order[oldest]] = nil
        order[oldest] = name
        oldest = (oldest + 1) % limit
    }

    /// No name has no octets.
    private static func octets(_ kid: String?) -> [UInt8] { kid.map { [UInt8]($0.utf8) } ?? [] }
}
