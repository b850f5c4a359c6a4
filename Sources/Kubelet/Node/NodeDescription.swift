import ContainerRuntime
package import KubernetesAPI
package import PodLifecycle

/// Builds the Node object by which the API server knows this machine (upstream: `pkg/kubelet/nodestatus/setters.go`).
package struct NodeDescription: Sendable {
    package var name: String
    package var inventory: HostInventory
    package var resources: NodeResources
    package var addresses: [String]
    package var labels: [String: String]
    package var taints: [Taint]
    package var maxPods: Int64
    package var kubeletPort: Int32
    /// `v1.36.0+swiftlet…`
    package var kubeletVersion: String

    package init(
        name: String, inventory: HostInventory, resources: NodeResources, addresses: [String],
        labels: [String: String] = [:],
        taints: [Taint] = [], maxPods: Int64, kubeletPort: Int32, kubeletVersion: String
    ) {
        self.name = name
        self.inventory = inventory
        self.resources = resources
        self.addresses = addresses
        self.labels = labels
        self.taints = taints
        self.maxPods = maxPods
        self.kubeletPort = kubeletPort
        self.kubeletVersion = kubeletVersion
    }

    /// What the node is until the API server says otherwise.
    package var traits: NodeTraits {
        let standard = [
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "kubernetes.io/arch": inventory.architecture, "beta.kubernetes.io/os": "linux",
            "beta.kubernetes.io/arch": inventory.architecture,
        ]
        return NodeTraits(name: name, labels: standard.merging(labels) { $1 }, taints: taints)
    }

    /// The object to register with.
    func node(_ status: NodeStatus) -> Node {
        var node = Node()
        node.metadata.name = name
        node.metadata.labels = traits.labels
        node.spec.taints = traits.taints
        node.status = status
        return node
    }

    /// The node's status now.
    /// - Parameters:
    ///   - runtime: `nil` when the runtime doesn't answer, for the reason given.
    ///   - previous: the conditions shown so far.
    func status(
        version: RuntimeVersion?, runtime: RuntimeStatus?, problem: String, pressures: Set<NodePressure> = [],
        previous: [NodeCondition], now: Timestamp
    ) -> NodeStatus {
        var status = NodeStatus()
        status.capacity = resources.capacity
        status.allocatable = resources.allocatable
        status.capacity["pods"] = Quantity(maxPods)
        status.allocatable["pods"] = Quantity(maxPods)
        status.addresses = addresses.map { NodeAddress(.internalIP, $0) } + [NodeAddress(.hostname, name)]
        status.daemonEndpoints.kubeletEndpoint.port = kubeletPort
        status.nodeInfo.machineID = inventory.machineID
        status.nodeInfo.systemUUID = inventory.systemUUID
        status.nodeInfo.bootID = inventory.bootID
        status.nodeInfo.kernelVersion = inventory.kernelVersion
        status.nodeInfo.osImage = inventory.osImage
        status.nodeInfo.operatingSystem = "linux"
        status.nodeInfo.architecture = inventory.architecture
        status.nodeInfo.kubeletVersion = kubeletVersion
        if let runtime {
            status.features = NodeFeatures()
            status.features?.supplementalGroupsPolicy = runtime.supplementalGroupsPolicy
            status.runtimeHandlers = runtime.handlers.sorted { $0.name < $1.name }.map(NodeRuntimeHandler.init)
        }
        if let version { status.nodeInfo.containerRuntimeVersion = "\(version.name)://\(version.version)" }
        let shortages = NodePressure.allCases.map { condition($0, isPresent: pressures.contains($0)) }
        status.conditions = (shortages + [readiness(runtime, problem)]).map { dated($0, previous, now) }
        return status
    }

    private func condition(_ pressure: NodePressure, isPresent: Bool) -> NodeCondition {
        var condition = NodeCondition()
        condition.type = pressure.conditionType
        condition.status = isPresent ? .true : .false
        (condition.reason, condition.message) = pressure.words(isPresent: isPresent)
        return condition
    }

    private func readiness(_ runtime: RuntimeStatus?, _ problem: String) -> NodeCondition {
        var condition = NodeCondition()
        condition.type = .ready
        var problems = problem.isEmpty ? [] : [problem]
        for wanted in ["RuntimeReady", "NetworkReady"] {
            guard let runtime else { break }
            guard let found = runtime.conditions.first(where: { $0.type == wanted }) else {
                problems.append("container runtime status has no condition \(wanted)")
                continue
            }
            if !found.status {
                problems.append(
                    "container runtime \(wanted)=false reason:\(found.reason) message:\(found.message)")
            }
        }
        condition.status = problems.isEmpty ? .true : .false
        condition.reason = problems.isEmpty ? "KubeletReady" : "KubeletNotReady"
        condition.message = problems.isEmpty ? "kubelet is posting ready status" : problems.joined(separator: ", ")
        return condition
    }

    private func dated(_ condition: NodeCondition, _ previous: [NodeCondition], _ now: Timestamp) -> NodeCondition {
        var dated = condition
        let before = previous.first { $0.type == condition.type }
        dated.lastHeartbeatTime = now.wholeSeconds
        dated.lastTransitionTime =
            before?.status == condition.status ? before?.lastTransitionTime ?? now.wholeSeconds : now.wholeSeconds
        return dated
    }
}

extension NodeAddress {
    fileprivate init(_ type: NodeAddressType, _ address: String) {
        self.init()
        self.type = type
        self.address = address
    }
}

extension NodeRuntimeHandler {
    fileprivate init(_ handler: RuntimeStatus.Handler) {
        self.init()
        name = handler.name
        features = NodeRuntimeHandlerFeatures()
        features?.recursiveReadOnlyMounts = handler.recursiveReadOnlyMounts
        features?.userNamespaces = handler.userNamespaces
    }
}
