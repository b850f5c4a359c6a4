import HostSystem
import KubernetesAPI
import StructuredData

/// Checks manifests as the kubelet would read them, without a kubelet: `swiftlet lint`.
package struct ManifestLint: Sendable {
    package enum Format: String, Sendable {
        /// One `file:line:column: message` a line.
        case text
        /// One JSON list.
        case json
    }

    package struct Outcome: Sendable, Hashable {
        /// What to print.
        package var output: String
        /// 0 for no errors, 1 for some.
        package var exitCode: Int32

        package init(output: String, exitCode: Int32) {
            self.output = output
            self.exitCode = exitCode
        }
    }

    package var nodeName: String

    /// - Parameter nodeName: the node to check for; it becomes part of each pod's name.
    package init(nodeName: String) { self.nodeName = nodeName }

    /// Checks files, and the manifests directly in directories. Blocks.
    package func check(_ paths: [String], format: Format = .text) -> Outcome {
        let problems = paths.flatMap(problems(of:))
        let failed = problems.contains { $0.severity == .error }
        return Outcome(output: render(problems, format), exitCode: failed ? 1 : 0)
    }

    private func problems(of path: String) -> [ManifestProblem] {
        let reader = DirectoryReader(path: path, reader: ManifestReader(nodeName: nodeName), readsBusyFiles: true)
        let observation = reader.readAll(known: [:], forcing: [], seen: Timestamp(seconds: 0))
        switch observation.listing {
        case .absent: return [ManifestProblem(file: path, message: "no such file or directory")]
        case .unknown(let problem): return [problem]
        case .none, .complete: break
        }
        var register = ManifestRegister(debounce: .zero)
        for (file, reading) in observation.readings {
            switch reading {
            case .absent, .unchanged: break
            case .unreadable(let problem): register.unreadable(file, problem)
            case .read(let result, let digest, _): register.read(file, result, digest: digest, fingerprint: nil)
            }
        }
        return observation.warnings + register.resolve().problems
    }

    private func render(_ problems: [ManifestProblem], _ format: Format) -> String {
        switch format {
        case .text: problems.map { "\($0)\n" }.joined()
        case .json: JSONValue.array(problems.map(json)).serializedString + "\n"
        }
    }

    private func json(_ problem: ManifestProblem) -> JSONValue {
        var object: JSONValue = ["file": .string(problem.file)]
        if let mark = problem.mark {
            object["line"] = .integer(Int64(mark.line))
            object["column"] = .integer(Int64(mark.column))
        }
        object["severity"] = .string(problem.severity.rawValue)
        object["message"] = .string(problem.message)
        return object
    }
}
