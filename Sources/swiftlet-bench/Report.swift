import Glibc

/// The lines of the result.
struct Report {
    private var rows: [[String]] = []

    /// A time, beside the same by raw calls.
    mutating func add(_ what: String, _ measured: Duration, raw: Duration, goal: String = "") {
        let ratio = measured / raw
        rows.append([what, seconds(measured), seconds(raw), "\(rounded(ratio, 100))", goal])
    }

    /// A value that has nothing beside it.
    mutating func add(_ what: String, _ value: String, goal: String = "") {
        rows.append([what, value, "", "", goal])
    }

    /// The rows as a Markdown table.
    var text: String {
        let head = ["", "Swiftlet", "raw CRI", "ratio", "goal"]
        let table = [head] + rows
        let widths = head.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let lines = table.map { row in
            "| " + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
                + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n") + "\n"
    }

    func seconds(_ duration: Duration) -> String { "\(rounded(duration / .seconds(1), 1000)) s" }

    func rounded(_ value: Double, _ steps: Double) -> Double { (value * steps).rounded() / steps }
}

extension [Duration] {
    /// The middle value; of two, their mean. Zero for none.
    var median: Duration {
        let sorted = sorted()
        guard !isEmpty else { return .zero }
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
