/// How long an answer says that it may be used (RFC 9111), within bounds.
struct CacheLifetime {
    private let configuration: RemoteJWKS.Configuration

    init(_ configuration: RemoteJWKS.Configuration) {
        self.configuration = configuration
    }

    /// The lifetime by `Cache-Control` and `Age`. `Expires` is not read: it depends on two clocks.
    func of(_ fields: [(name: String, value: String)]) -> Duration {
        let wanted = stated(fields) ?? configuration.defaultLifetime
        return min(max(wanted, configuration.minimumLifetime), configuration.maximumLifetime)
    }

    /// Nil when the answer says nothing.
    private func stated(_ fields: [(name: String, value: String)]) -> Duration? {
        let directives = values("cache-control", fields).flatMap { $0.split(separator: ",") }.map(Self.trimmed)
        guard !directives.contains(where: { $0 == "no-store" || $0 == "no-cache" || $0.hasPrefix("no-cache=") }) else {
            return .zero
        }
        let ages = directives.filter { $0.hasPrefix("max-age=") }.map { Self.seconds($0.dropFirst("max-age=".count)) }
        guard let first = ages.first else { return nil }
        // Told twice or unreadable: section 4.2.1 takes such an answer for stale.
        guard ages.count == 1, let maximum = first else { return .zero }
        let age = values("age", fields).first.flatMap { Self.seconds(Self.trimmed($0)) } ?? 0
        return .seconds(max(maximum - age, 0))
    }

    private func values(_ name: String, _ fields: [(name: String, value: String)]) -> [Substring] {
        fields.filter { $0.name.lowercased() == name }.map { $0.value[...] }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let end = text.lastIndex { !isSpace($0) }.map { text.index(after: $0) } ?? text.startIndex
        return text[..<end].drop(while: isSpace).lowercased()[...]
    }

    /// Digits, quoted or not; more of them than fit are a very long time (section 1.2.2).
    private static func seconds(_ text: Substring) -> Int64? {
        let digits = text.count >= 2 && text.first == "\"" && text.last == "\"" ? text.dropFirst().dropLast() : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return min(Int64(digits) ?? .max, 1 << 31)
    }
}
