import HostSystem
import StructuredData
import Testing

/// Pods that are created at the API server for the node.
extension TestNode {
    /// Creates a pod that runs a line of the shell.
    /// - Parameters:
    ///   - spec: a further line of its spec.
    ///   - container: a further line of its container.
    func create(_ name: String, _ line: String, spec: String = "", container: String = "") async throws {
        let file = "\(directory)/\(name).yaml"
        let manifest = """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), labels: {app: assigned}}
            spec:
              nodeName: \(Self.name)
              \(spec)
              containers:
              - name: main
                image: busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "\(line)"]
                \(container)

            """
        try HostFiles.writeAtomically(manifest, to: file, mode: 0o644)
        try await output("apply", "-f", file)
    }

    /// The pod as the API server has it; `nil` when it is gone.
    func assigned(_ name: String) async throws -> JSONValue? {
        let result = try await kubectl("get", "pod", name, "--ignore-not-found", "-o", "json")
        return result.output.isEmpty ? nil : try JSONValue(parsing: result.output)
    }

    /// Waits until the pod is as described.
    func assigned(_ name: String, _ what: String, until condition: (JSONValue) -> Bool) async throws {
        try await eventually("pod \(name) \(what)") { try await assigned(name).map(condition) ?? false }
    }
}

extension JSONValue {
    /// Whether it is a pod that had to go for the sake of others.
    var isDisrupted: Bool {
        value(at: "status", "conditions")?.arrayValue?.contains {
            $0["type"] == "DisruptionTarget" && $0["status"] == "True" && $0["reason"] == "TerminationByKubelet"
        } ?? false
    }
}
