import JOSE

/// The checks that a token went through, each with its verdict.
struct TokenChecks {
    enum Verdict {
        case passed
        case refused(CommandFailure)
        case notChecked(String)
    }

    private(set) var all: [(name: String, verdict: Verdict)] = []

    mutating func add(_ name: String, _ verdict: Verdict) { all.append((name, verdict)) }

    /// Runs a check; what it throws is its verdict.
    mutating func add<Value>(_ name: String, _ body: () throws -> Value) -> Value? {
        do {
            let value = try body()
            add(name, .passed)
            return value
        } catch {
            add(name, .refused(CommandFailure(describing: error)))
            return nil
        }
    }

    /// The first check that failed.
    private var refusal: (name: String, failure: CommandFailure)? {
        for (name, verdict) in all {
            if case .refused(let failure) = verdict { return (name, failure) }
        }
        return nil
    }

    private var isComplete: Bool {
        all.allSatisfy { check in
            if case .passed = check.verdict { true } else { false }
        }
    }

    /// The checks in columns, and what follows from them.
    var lines: [String] {
        var table = TextTable([])
        for (name, verdict) in all {
            switch verdict {
            case .passed: table.append(["  \(name)", "ok"])
            case .refused(let failure): table.append(["  \(name)", "REFUSED \(failure.code): \(failure.reason)"])
            case .notChecked(let why): table.append(["  \(name)", "not checked: \(why)"])
            }
        }
        return ["checks:"] + table.lines.dropFirst() + [conclusion]
    }

    private var conclusion: String {
        if let refusal { return "verdict: refused by the check of \(refusal.name): \(refusal.failure.code)" }
        return isComplete ? "verdict: every check that was asked for passed" : "verdict: NOT VERIFIED"
    }

    var json: JSONValue {
        .array(
            all.map { name, verdict in
                switch verdict {
                case .passed: ["check": .string(name), "verdict": "ok"]
                case .refused(let failure):
                    [
                        "check": .string(name), "verdict": "refused", "code": .string(failure.code),
                        "reason": .string(failure.reason),
                    ]
                case .notChecked(let why):
                    ["check": .string(name), "verdict": "not-checked", "reason": .string(why)]
                }
            })
    }
}
