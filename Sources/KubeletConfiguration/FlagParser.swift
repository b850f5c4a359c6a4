import StructuredData

/// One use of a flag on the command line, its value checked.
struct FlagUse: Sendable {
    var definition: FlagDefinition
    var value: String
}

/// Reads a command line as upstream's flag library does.
///
/// `--name=value`, `--name value`, `--name` and `--name=false` for flags without value, `-v 2`, `-v=2`, `-v2`;
/// `--` ends the flags. What is no flag is an error, as the kubelet has no commands.
struct FlagParser {
    private var rest: ArraySlice<String>
    private var uses: [FlagUse] = []
    private var scratch = KubeletSettings()

    /// - Throws: `KubeletConfigurationError` with one line about the first argument that is wrong.
    static func parse(_ arguments: [String]) throws(KubeletConfigurationError) -> [FlagUse] {
        var parser = FlagParser(rest: arguments[...])
        while let argument = parser.rest.popFirst() {
            try parser.take(argument)
        }
        return parser.uses
    }

    private init(rest: ArraySlice<String>) { self.rest = rest }

    private mutating func take(_ argument: String) throws(KubeletConfigurationError) {
        if argument == "--" {
            guard let extra = rest.popFirst() else { return }
            throw unexpected(extra)
        }
        if argument.hasPrefix("--") {
            let (name, value) = Self.split(argument.dropFirst(2))
            guard let definition = FlagTable.flag(named: name) else { throw unknown(name) }
            try take(definition, value, written: "--\(definition.name)")
        } else if argument.hasPrefix("-"), argument != "-" {
            try takeShorthand(argument)
        } else {
            throw unexpected(argument)
        }
    }

    private mutating func takeShorthand(_ argument: String) throws(KubeletConfigurationError) {
        let letter = argument[argument.index(after: argument.startIndex)]
        guard let definition = FlagTable.flag(shorthand: letter) else {
            let name = Self.split(argument.drop { $0 == "-" }).name
            let hint = FlagTable.flag(named: name).map { ", did you mean --\($0.name)?" } ?? ""
            throw KubeletConfigurationError(.unknownFlag, "unknown flag: \(argument)\(hint)")
        }
        var value: String? = String(argument.dropFirst(2))
        if value?.hasPrefix("=") == true { value?.removeFirst() }
        try take(definition, value?.isEmpty == true ? nil : value, written: "-\(letter)")
    }

    private mutating func take(
        _ definition: FlagDefinition, _ given: String?, written: String
    ) throws(KubeletConfigurationError) {
        var value = given
        if value == nil { value = definition.placeholder == nil ? "true" : rest.popFirst() }
        guard let value else {
            throw KubeletConfigurationError(.invalidFlag, "flag needs a value: \(written)")
        }
        if case .refused(let reason) = definition.effect, !["", "false"].contains(value) {
            throw KubeletConfigurationError(.invalidFlag, "flag \(written) is not supported: \(reason)")
        }
        do throws(InvalidFlagValue) {
            try definition.apply(value, &scratch, true)
        } catch {
            // A header may be a secret and is not repeated.
            let shown = definition.name == "manifest-url-header" ? "" : " \"\(value)\""
            throw KubeletConfigurationError(.invalidFlag, "invalid value\(shown) for \(written): \(error.reason)")
        }
        uses.append(FlagUse(definition: definition, value: value))
    }

    private static func split(_ text: Substring) -> (name: String, value: String?) {
        guard let equals = text.firstIndex(of: "=") else { return (String(text), nil) }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    private func unknown(_ name: String) -> KubeletConfigurationError {
        let nearest = nearestWord(to: name, among: FlagTable.all.map(\.name))
        let hint = nearest.map { ", did you mean --\($0)?" } ?? ""
        return KubeletConfigurationError(.unknownFlag, "unknown flag: --\(name)\(hint)")
    }

    private func unexpected(_ argument: String) -> KubeletConfigurationError {
        KubeletConfigurationError(.unknownFlag, "unexpected argument \"\(argument)\": the kubelet takes flags only")
    }
}

extension [FlagUse] {
    /// Sets what the flags say, in their order; of a list or map the first use drops what was there before.
    func apply(to settings: inout KubeletSettings) throws(KubeletConfigurationError) {
        var seen = Set<String>()
        for use in self {
            let isFirst = seen.insert(use.definition.name).inserted
            do throws(InvalidFlagValue) {
                try use.definition.apply(use.value, &settings, isFirst)
            } catch {
                throw KubeletConfigurationError(
                    .invalidFlag, "invalid value for --\(use.definition.name): \(error.reason)")
            }
        }
    }

    func contains(flag name: String) -> Bool { contains { $0.definition.name == name } }

    /// One line for each flag that has no effect.
    var warnings: [String] {
        var seen = Set<String>()
        return compactMap { use in
            guard case .ignored(let reason) = use.definition.effect, seen.insert(use.definition.name).inserted else {
                return nil
            }
            return "flag --\(use.definition.name) has no effect: \(reason)"
        }
    }
}
