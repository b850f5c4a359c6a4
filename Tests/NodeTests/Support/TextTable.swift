/// What kubectl printed as columns.
struct TextTable {
    let header: [String]
    let rows: [[String]]

    init(_ text: String) {
        let lines = text.split(separator: "\n").map(Self.cells)
        header = lines.first ?? []
        rows = Array(lines.dropFirst())
    }

    /// The row that begins with that name, by column.
    subscript(name: String) -> [String: String]? {
        guard let row = rows.first(where: { $0.first == name }), row.count == header.count else { return nil }
        return Dictionary(zip(header, row)) { first, _ in first }
    }

    /// Columns are three blanks apart; one blank belongs to a cell, as in `1 (5s ago)`.
    private static func cells(_ line: Substring) -> [String] {
        var cells: [String] = []
        var cell = ""
        var blanks = 0
        for character in line {
            if character == " " {
                blanks += 1
                continue
            }
            if blanks > 1 {
                cells.append(cell)
                cell = ""
            } else if blanks == 1 {
                cell.append(" ")
            }
            blanks = 0
            cell.append(character)
        }
        return cells + [cell]
    }
}
