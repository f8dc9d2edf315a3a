import HTTPEngine

/// A request's method as a route sees it: one bit for the well-known ones, a name for the others.
struct RequestMethod: Sendable, Equatable {
    /// The bit of a well-known method; zero for an extension method.
    let mask: UInt16
    /// The name of an extension method, empty for a well-known one.
    let extensionName: [UInt8]

    /// The method of a head. Only an extension method allocates.
    init(_ head: borrowing RequestHead) {
        guard head.method == .other else {
            mask = 1 << UInt16(head.method.rawValue)
            extensionName = []
            return
        }
        mask = 0
        let name = head.methodBytes
        extensionName = name.indices.map { name[$0] }
    }

    /// - Parameter name: case-sensitive (RFC 9110 section 9.1).
    init(_ name: String) {
        let known = Self.wellKnown.first { $0.name == name }
        mask = known.map { 1 << UInt16($0.method.rawValue) } ?? 0
        extensionName = known == nil ? Array(name.utf8) : []
    }

    private static let wellKnown: [(name: String, method: RequestHead.Method)] = [
        ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options),
        ("TRACE", .trace), ("PATCH", .patch),
    ]
}

/// The methods that a route takes, as bits, with extension methods beside.
struct MethodSet: Sendable, Equatable {
    /// Bits of well-known methods; all set means any method at all.
    let mask: UInt16
    /// Methods without a bit.
    let others: [[UInt8]]

    /// - Parameter names: empty means any. GET brings HEAD along, the same question without the answer's body.
    init(_ names: [String]) {
        guard !names.isEmpty else {
            mask = .max
            others = []
            return
        }
        let methods = names.map { RequestMethod($0) }
        let bits = methods.reduce(0) { $0 | $1.mask }
        let get = RequestMethod("GET").mask
        mask = bits & get == 0 ? bits : bits | RequestMethod("HEAD").mask
        others = methods.map(\.extensionName).filter { !$0.isEmpty }
    }

    var isAny: Bool { mask == .max }
}
