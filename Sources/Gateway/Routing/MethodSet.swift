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
