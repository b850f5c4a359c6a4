import KubernetesAPI

/// Computes a container's environment variables.
struct PodEnvironment: Sendable {
    let pod: Pod
    let node: NodeFacts
    let podAddresses: [String]
    let files: EnvironmentFiles

    /// The variables in order, each expanded with those before it, as upstream expands them.
    func variables(of container: Container) throws -> [(name: String, value: String)] {
        guard container.envFrom.isEmpty else {
            throw ContainerStartError(.createContainerConfigError, "cannot set variables: envFrom is not supported")
        }
        var values: [String: String] = [:]
        var order: [String] = []
        for variable in container.env {
            guard let value = try value(of: variable, in: container, known: values) else { continue }
            if values.updateValue(value, forKey: variable.name) == nil { order.append(variable.name) }
        }
        return order.map { ($0, values[$0] ?? "") }
    }

    /// - Returns: `nil` for a variable that is not to be set.
    private func value(of variable: EnvVar, in container: Container, known: [String: String]) throws -> String? {
        guard let source = variable.valueFrom else { return Self.expand(variable.value, known) }
        if let key = source.fileKeyRef { return try files.value(key) }
        do {
            if let field = source.fieldRef { return try value(of: field) }
            if let resource = source.resourceFieldRef { return try fields.amount(resource, default: container) }
            throw PodFields.Unknown("its source is not supported")
        } catch let error as PodFields.Unknown {
            throw ContainerStartError(
                .createContainerConfigError, "cannot set variable \(variable.name): \(error)")
        }
    }

    private var fields: PodFields { PodFields(pod: pod, node: node) }

    /// The fields of `kubelet_pods.go` that environment variables may name beside those of the metadata.
    private func value(of field: ObjectFieldSelector) throws -> String {
        switch field.fieldPath {
        // The second is what the first was called once, and is taken still.
        case "spec.nodeName", "spec.host": node.name
        case "spec.serviceAccountName": pod.spec.serviceAccountName
        case "status.hostIP": node.addresses.first ?? ""
        case "status.hostIPs": node.addresses.joined(separator: ",")
        case "status.podIP": podAddresses.first ?? ""
        case "status.podIPs": podAddresses.joined(separator: ",")
        default: try fields.metadata(field)
        }
    }

    /// Replaces `$(NAME)` by the variable's value; `$$` is a dollar sign, and an unknown name stays as it is written
    /// (upstream: `third_party/forked/golang/expansion`).
    static func expand(_ text: String, _ values: [String: String]) -> String {
        expand(text) { values[$0] ?? "$(\($0))" }
    }

    /// Replaces `$(NAME)` by what is given for the name.
    static func expand(_ text: String, _ value: (String) -> String) -> String {
        guard text.utf8.contains(0x24) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                result += value(name)
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}
