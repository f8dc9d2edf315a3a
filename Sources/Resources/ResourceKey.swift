/// What names a resource: its kind and name.
package struct ResourceKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The kind.
    package let kind: ResourceKind
    /// The name, unique within the kind.
    package let name: String

    /// A key of parts.
    package init(_ kind: ResourceKind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// A document's key.
    package init(_ document: ResourceDocument) {
        self.init(document.kind, document.name)
    }

    /// `KIND NAME`.
    package var description: String { "\(kind.rawValue) \(name)" }

    package static func < (left: ResourceKey, right: ResourceKey) -> Bool {
        (left.kind, left.name) < (right.kind, right.name)
    }
}
