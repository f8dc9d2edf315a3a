import JOSE

/// A promise about speed, and how far from it a measurement is.
struct Goal {
    let name: String
    let bound: Bound
    let measured: Double
    let unit: String

    /// What the measured value has to be.
    enum Bound {
        case atLeast(Double)
        case atMost(Double)
    }

    var isMet: Bool {
        switch bound {
        case .atLeast(let least): measured >= least
        case .atMost(let most): measured <= most
        }
    }

    var json: JSONValue {
        let bound: (name: String, value: Double) =
            switch bound {
            case .atLeast(let least): ("at_least", least)
            case .atMost(let most): ("at_most", most)
            }
        return [
            "name": .string(name), bound.name: .number(bound.value),
            "measured": .number((measured * 100).rounded() / 100), "unit": .string(unit), "met": .bool(isMet),
        ]
    }

    /// GOAL, MEASURED, MET.
    static func table(_ goals: [Goal]) -> String {
        var table = TextTable(["GOAL", "", "MEASURED", "MET"], alignRight: [1, 2])
        for goal in goals {
            let bound =
                switch goal.bound {
                case .atLeast(let least): ">= " + text(least)
                case .atMost(let most): "<= " + text(most)
                }
            table.append([goal.name, "\(bound) \(goal.unit)", text(goal.measured), goal.isMet ? "yes" : "NO"])
        }
        return table.lines.joined(separator: "\n")
    }

    private static func text(_ value: Double) -> String {
        value >= 1000 ? String(Int64(value.rounded())) : Decimals.text(value, places: 2)
    }
}
