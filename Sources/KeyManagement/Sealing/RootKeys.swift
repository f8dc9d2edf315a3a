/// The root keys of a moment: the one in force, and while it gives way to another, that one too. Which of them a data key
/// needs is told by its row.
struct RootKeys: Sendable {
    let present: RootKey
    var next: RootKey?

    init(present: RootKey) { self.present = present }

    func needed(for row: DataKeyRow) throws(KeyError) -> RootKey {
        if row.rootKeyID == present.id { return present }
        if let next, row.rootKeyID == next.id { return next }
        throw RootKeyFile.foreign(row.rootKeyID, found: "the one that was opened is \(present.id)")
    }
}
