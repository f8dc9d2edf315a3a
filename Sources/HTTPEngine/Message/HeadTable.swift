/// The fields of one head, by position. One per loop, filled anew for each head.
struct HeadTable: ~Copyable {
    private(set) var entries: [FieldEntry] = []
    var facts = FieldFacts()

    init(capacity: Int) { entries.reserveCapacity(capacity) }

    mutating func reset() {
        entries.removeAll(keepingCapacity: true)
        facts = FieldFacts()
    }

    mutating func append(_ entry: FieldEntry) { entries.append(entry) }

    mutating func markHopByHop(at index: Int) { entries[index].isHopByHop = true }
}

/// What the fields say about framing and the connection, gathered while they are read.
struct FieldFacts {
    var host: ByteRange?
    var contentLength: Int64?
    var isChunked = false
    var expectsContinue = false
    var closes = false
    var keepsAlive = false
    /// `Connection` names fields beyond `close` and `keep-alive`.
    var namesHopByHop = false
}

/// The bounds on a head.
struct HeadLimits {
    var bytes: Int
    var startLineBytes: Int
    var fields: Int

    init(bytes: Int, startLineBytes: Int, fields: Int) {
        self.bytes = bytes
        self.startLineBytes = startLineBytes
        self.fields = fields
    }

    init(_ configuration: EngineConfiguration) {
        self.init(
            bytes: configuration.maxHeadBytes, startLineBytes: configuration.maxRequestLineBytes,
            fields: configuration.maxFields)
    }
}

/// What came of reading a head.
enum HeadProgress: Hashable {
    case incomplete
    /// So many octets make up the head.
    case complete(Int)
    case failed(ExchangeFailure)
}
