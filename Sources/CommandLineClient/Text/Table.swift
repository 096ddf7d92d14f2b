/// Columns of text, each as wide as its widest cell.
package enum Table {
    package static func text(_ header: [String], _ rows: [[String]]) -> String {
        let all = ([header] + rows).map { row in row.map { $0.visible() } }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return lines(all, widths)
    }

    /// A name and a value a line, the values under one another.
    package static func pairs(_ pairs: [(String, String?)]) -> String {
        let rows = pairs.compactMap { name, value in value.map { [name, $0.visible()] } }
        return lines(rows, [rows.map { $0[0].count }.max() ?? 0, 0])
    }

    private static func lines(_ rows: [[String]], _ widths: [Int]) -> String {
        rows.map { row in
            let cells = zip(row, widths).enumerated().map { index, cell in
                index == row.count - 1 ? cell.0 : cell.0 + String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
