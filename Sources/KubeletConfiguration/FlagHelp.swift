/// The text that `--help` prints.
package enum FlagHelp {
    /// - Parameter program: how the kubelet was called, such as `swiftlet kubelet`.
    package static func text(program: String) -> String {
        let settings = KubeletSettings()
        var lines = ["Usage:", "  \(program) [flags]"]
        for (group, flags) in FlagTable.groups {
            lines += ["", "\(group.rawValue):"]
            for flag in flags.sorted(by: { $0.name < $1.name }) {
                lines.append("  " + headline(flag))
                var help = flag.help
                if let standard = flag.standard(settings) { help += " (default \(standard))" }
                lines += wrap(help, width: 92).map { "        " + $0 }
            }
        }
        lines += ["", "A flag overrides the field of the configuration file, except where it says otherwise."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func headline(_ flag: FlagDefinition) -> String {
        let shorthand = flag.shorthand.map { "-\($0), " } ?? ""
        let value = flag.placeholder.map { " \($0)" } ?? ""
        return "\(shorthand)--\(flag.name)\(value)"
    }

    private static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

extension KubeletFlags {
    /// The text that `swiftlet kubelet --help` prints.
    package static var help: String { FlagHelp.text(program: "swiftlet kubelet") }
}
