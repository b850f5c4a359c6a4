import KubernetesAPI

/// What of the node shows inside its pods.
package struct NodeFacts: Sendable, Hashable {
    package var name: String
    /// The node's addresses, the primary one first.
    package var addresses: [String]
    package var memoryCapacity: Int64
    /// Allocatable CPU in thousandths, and memory in bytes, which stand in for limits that aren't set.
    package var allocatableMilliCPU: Int64
    package var allocatableMemory: Int64
    /// Whether files need a label of SELinux for a container to reach them.
    package var hasSELinux = false
    /// What the kernel shows of each processor's throttling: how warm it is tells what others do.
    package var thermalThrottles: [String] = []

    package init(
        name: String, addresses: [String], memoryCapacity: Int64, allocatableMilliCPU: Int64, allocatableMemory: Int64
    ) {
        self.name = name
        self.addresses = addresses
        self.memoryCapacity = memoryCapacity
        self.allocatableMilliCPU = allocatableMilliCPU
        self.allocatableMemory = allocatableMemory
    }
}

/// Computes a container's environment variables.
struct PodEnvironment: Sendable {
    let pod: Pod
    let node: NodeFacts
    let podAddresses: [String]

    /// The variables in order, each expanded with those before it, as upstream expands them.
    func variables(of container: Container) throws -> [(name: String, value: String)] {
        var values: [String: String] = [:]
        var order: [String] = []
        for variable in container.env {
            let value = try value(of: variable, in: container, known: values)
            if values.updateValue(value, forKey: variable.name) == nil { order.append(variable.name) }
        }
        return order.map { ($0, values[$0] ?? "") }
    }

    private func value(of variable: EnvVar, in container: Container, known: [String: String]) throws -> String {
        guard let source = variable.valueFrom else { return Self.expand(variable.value, known) }
        if let field = source.fieldRef { return try value(of: field, variable.name) }
        if let resource = source.resourceFieldRef {
            return try value(of: resource, default: container, variable.name)
        }
        throw ContainerStartError(
            .createContainerConfigError, "cannot set variable \(variable.name): its source is not supported")
    }

    /// The fields of `pkg/fieldpath/fieldpath.go` and of `kubelet_pods.go` that environment variables may name.
    private func value(of field: ObjectFieldSelector, _ variable: String) throws -> String {
        switch field.fieldPath {
        case "metadata.name": return pod.metadata.name
        case "metadata.namespace": return pod.metadata.namespace
        case "metadata.uid": return pod.metadata.uid
        case "spec.nodeName": return node.name
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.hostIP": return node.addresses.first ?? ""
        case "status.hostIPs": return node.addresses.joined(separator: ",")
        case "status.podIP": return podAddresses.first ?? ""
        case "status.podIPs": return podAddresses.joined(separator: ",")
        default: break
        }
        if let key = field.key(of: "metadata.labels") { return pod.metadata.labels[key] ?? "" }
        if let key = field.key(of: "metadata.annotations") { return pod.metadata.annotations[key] ?? "" }
        throw ContainerStartError(
            .createContainerConfigError, "cannot set variable \(variable): unknown field \(field.fieldPath)")
    }

    private func value(
        of selector: ResourceFieldSelector, default container: Container, _ variable: String
    ) throws -> String {
        let name = selector.containerName.isEmpty ? container.name : selector.containerName
        let all = pod.spec.containers + pod.spec.initContainers
        guard let chosen = all.first(where: { $0.name == name }) else {
            throw ContainerStartError(
                .createContainerConfigError, "cannot set variable \(variable): container \(name) not found")
        }
        let parts = selector.resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else {
            throw ContainerStartError(
                .createContainerConfigError,
                "cannot set variable \(variable): unknown resource \(selector.resource)")
        }
        let list = parts[0] == "limits" ? chosen.resources.limits : chosen.resources.requests
        if parts[1] == "cpu" {
            let milli = list["cpu"]?.milliValue ?? (parts[0] == "limits" ? node.allocatableMilliCPU : 0)
            return String(Self.divideUp(milli, by: Self.divisor(selector.divisor?.milliValue, unit: 1000)))
        }
        let fallback = parts == ["limits", "memory"] ? node.allocatableMemory : 0
        let amount = list[parts[1]]?.value ?? fallback
        return String(Self.divideUp(amount, by: Self.divisor(selector.divisor?.value, unit: 1)))
    }

    /// One unit when it isn't given, or is zero.
    private static func divisor(_ given: Int64?, unit: Int64) -> Int64 { given.flatMap { $0 > 0 ? $0 : nil } ?? unit }

    private static func divideUp(_ number: Int64, by divisor: Int64) -> Int64 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder > 0 ? quotient + 1 : quotient
    }

    /// Replaces `$(NAME)` by the variable's value; `$$` is a dollar sign, and an unknown name stays as it is written
    /// (upstream: `third_party/forked/golang/expansion`).
    static func expand(_ text: String, _ values: [String: String]) -> String {
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
                result += values[name] ?? "$(\(name))"
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}
