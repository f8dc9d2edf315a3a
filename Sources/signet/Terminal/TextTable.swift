/// Rows of text in aligned columns.
struct TextTable {
    private let alignRight: Set<Int>
    private var rows: [[String]]

    /// - Parameter alignRight: the columns that hold numbers.
    init(_ titles: [String], alignRight: Set<Int> = []) {
        rows = [titles]
        self.alignRight = alignRight
    }

    mutating func append(_ row: [String]) { rows.append(row) }

    /// The lines, without white space at their ends.
    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (column == 0 ? "" : "  ") + (alignRight.contains(column) ? space + cell : cell + space)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
