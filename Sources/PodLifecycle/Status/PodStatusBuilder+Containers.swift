import ContainerRuntime
import KubernetesAPI

/// What a container's status tells beside its state (upstream: `convertToAPIContainerStatuses` in
/// `pkg/kubelet/kubelet_pods.go`).
extension PodStatusBuilder {
    /// The container's volumes, as its spec and the runtime's handler have them: a runtime knows no volumes' names.
    func volumeMounts(_ container: Container) -> [VolumeMountStatus] {
        let handler = runtime.latestSandbox?.runtimeHandler ?? ""
        return container.volumeMounts.map { VolumeMountStatus($0, features, handler: handler) }
    }

    /// Tells what the container has, and whom it runs as.
    func describe(_ found: RuntimeContainer, _ container: Container, in status: inout ContainerStatus) {
        status.allocatedResources = container.resources.requests
        // One that doesn't run is shown with what it would get.
        let amounts = found.state == .running ? found.amounts : nil
        status.resources = amounts.map { container.resources.showing($0) } ?? container.resources
        status.stopSignal = found.stopSignal
        if let user = found.user {
            status.user = ContainerUser()
            status.user?.linux = LinuxContainerUser(user)
        }
    }
}

extension ResourceRequirements {
    /// The amounts that the runtime reports in place of those asked for.
    ///
    /// What isn't asked for isn't shown either, and amounts that are below what the kernel can give stay as they were
    /// asked for.
    func showing(_ amounts: RuntimeAmounts) -> ResourceRequirements {
        var shown = self
        if !limits.isEmpty {
            shown.limits.show("cpu", amounts.cpuLimit, unlessBelow: RuntimeAmounts.smallestCPULimit)
            shown.limits.show("memory", amounts.memoryLimit, unlessBelow: Quantity())
        }
        if !requests.isEmpty {
            shown.requests.show("cpu", amounts.cpuRequest, unlessBelow: RuntimeAmounts.smallestCPURequest)
        }
        return shown
    }
}

extension ResourceList {
    /// Sets what is really there, unless that and the amount asked for are both no more than a bound.
    fileprivate mutating func show(_ name: String, _ actual: Quantity?, unlessBelow bound: Quantity) {
        guard let actual, actual != self[name] else { return }
        if actual > bound || (self[name] ?? Quantity()) > bound { self[name] = actual }
    }
}

/// The inverse of how amounts become numbers for cgroups (upstream: `pkg/kubelet/cm/helpers_linux.go`).
extension RuntimeAmounts {
    fileprivate static let smallestCPULimit = Quantity(milli: 10)
    /// Thousandths of a CPU are compared with the least number of shares, as upstream does.
    fileprivate static let smallestCPURequest = Quantity(milli: 2)

    fileprivate var cpuLimit: Quantity? {
        guard cpuPeriod > 0, cpuQuota > 0 else { return nil }
        return Quantity(milli: cpuQuota * 1000 / cpuPeriod)
    }

    fileprivate var cpuRequest: Quantity? {
        // The least number of shares stands for no request as well.
        guard cpuShares >= 2 else { return nil }
        return Quantity(milli: (cpuShares * 1000 + 1023) / 1024)
    }

    fileprivate var memoryLimit: Quantity? {
        memoryLimitBytes > 0 ? Quantity(memoryLimitBytes, format: .binarySI) : nil
    }
}

extension LinuxContainerUser {
    fileprivate init(_ user: RuntimeUser) {
        self.init()
        uid = user.userID
        gid = user.groupID
        supplementalGroups = user.supplementalGroups
    }
}
