import HTTPEngine
import Problems

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

    var isOptions: Bool { mask == 1 << UInt16(RequestHead.Method.options.rawValue) }

    /// Whether a route may take the method: all well-known ones but one. Of the others ``refusal`` knows more.
    @inline(__always)
    var isOrdinary: Bool { mask != 0 && mask != 1 << UInt16(RequestHead.Method.trace.rawValue) }

    /// Why no route takes the method, whatever it says; nil for others.
    ///
    /// TRACE and its older namesake TRACK have the answer repeat the request: the client would read what only the upstream
    /// may (RFC 9110 section 9.3.8), our identity fields first. CONNECT is refused by the engine. A well-known method in
    /// another case is another method (section 9.1), and not to every upstream; so the route for any method would
    /// take what the upstream serves as that of a guarded one.
    var refusal: Refusal? {
        if isOrdinary { return nil }
        if extensionName.isEmpty { return Self.reflecting }
        if extensionName.elementsEqual("TRACK".utf8) { return Self.reflecting }
        let upper = String(decoding: extensionName, as: UTF8.self).uppercased()
        guard upper == "CONNECT" || upper == "TRACK" || Self.wellKnown.contains(where: { $0.name == upper }) else {
            return nil
        }
        return Refusal(.requestMalformed, at: .route, "method-in-another-case")
    }

    private static let reflecting = Refusal(.methodNotAllowed, at: .route, "method-reflects-request")

    /// What the gateway carries, for `Allow` (RFC 9110 section 10.2.1); routes may take fewer.
    static let allowed = wellKnown.map(\.name).filter { $0 != "TRACE" }.joined(separator: ", ")

    private static let wellKnown: [(name: String, method: RequestHead.Method)] = [
        ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options),
        ("TRACE", .trace), ("PATCH", .patch),
    ]
}
