/// A value that goes into a statement or comes out of a row.
package enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// 1 or 0: both databases keep truth values as integers here.
    package static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

    /// Milliseconds of unix time.
    package static func timestamp(_ value: Timestamp) -> SQLValue { .integer(value.milliseconds) }

    /// Text, or null where there is none.
    package static func optional(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }

    /// An integer, or null where there is none.
    package static func optional(_ value: Int64?) -> SQLValue { value.map(SQLValue.integer) ?? .null }

    /// Bytes, or null where there are none.
    package static func optional(_ value: [UInt8]?) -> SQLValue { value.map(SQLValue.blob) ?? .null }

    /// Milliseconds of unix time, or null where there is no moment.
    package static func optional(_ value: Timestamp?) -> SQLValue { value.map(SQLValue.timestamp) ?? .null }

    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .real: "a real number"
        case .text: "text"
        case .blob: "bytes"
        }
    }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
}
