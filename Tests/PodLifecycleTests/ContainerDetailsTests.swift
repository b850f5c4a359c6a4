import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// What a container's status tells of its amounts and of whom it runs as.
struct ContainerDetailsTests {
    /// What was asked for, what the runtime reports, and what is shown.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let requests: ResourceList
        let limits: ResourceList
        let amounts: RuntimeAmounts?
        let shownRequests: ResourceList
        let shownLimits: ResourceList

        init(
            _ description: String, requests: ResourceList = [:], limits: ResourceList = [:], _ amounts: RuntimeAmounts?,
            shown shownRequests: ResourceList = [:], _ shownLimits: ResourceList = [:]
        ) {
            testDescription = description
            self.requests = requests
            self.limits = limits
            self.amounts = amounts
            self.shownRequests = shownRequests
            self.shownLimits = shownLimits
        }
    }

    private static func status(
        _ requests: ResourceList, _ limits: ResourceList, _ change: (inout RuntimeContainer) -> Void
    ) -> ContainerStatus {
        var pod = Pod.sample()
        pod.spec.containers[0].resources.requests = requests
        pod.spec.containers[0].resources.limits = limits
        var container = RuntimeContainer.sample()
        change(&container)
        let runtime = PodRuntimeState.sample(of: pod, containers: [container])
        return PodStatusBuilder.sample(pod, runtime: runtime).status().containerStatuses[0]
    }

    private static let whole = RuntimeAmounts(
        cpuPeriod: 100_000, cpuQuota: 50_000, cpuShares: 256, memoryLimitBytes: 64 << 20)

    @Test(arguments: [
        Case("a runtime that tells nothing", requests: ["cpu": "1"], nil, shown: ["cpu": "1"]),
        Case(
            "as asked for", requests: ["cpu": "250m", "memory": "32Mi"], limits: ["cpu": "500m", "memory": "64Mi"],
            whole, shown: ["cpu": "250m", "memory": "32Mi"], ["cpu": "500m", "memory": "64Mi"]),
        Case(
            "less than asked for", requests: ["cpu": "1", "memory": "1Gi"], limits: ["cpu": "2", "memory": "1Gi"],
            whole,
            shown: ["cpu": "250m", "memory": "1Gi"], ["cpu": "500m", "memory": "64Mi"]),
        Case("nothing asked for", whole),
        Case("below what the kernel can give", requests: ["cpu": "1m"], .init(cpuShares: 2), shown: ["cpu": "1m"]),
        Case(
            "a limit below what the kernel can give", limits: ["cpu": "5m"],
            .init(cpuPeriod: 100_000, cpuQuota: 1000), shown: [:], ["cpu": "5m"]),
        Case(
            "no limit", requests: ["memory": "1Mi"], limits: ["memory": "1Mi"],
            .init(cpuPeriod: 100_000, cpuQuota: -1, memoryLimitBytes: 0), shown: ["memory": "1Mi"], ["memory": "1Mi"]),
        Case(
            "shares that don't divide evenly", requests: ["cpu": "100m"], .init(cpuShares: 102), shown: ["cpu": "100m"]),
    ])
    func amounts(_ example: Case) {
        let status = Self.status(example.requests, example.limits) { $0.amounts = example.amounts }
        #expect(status.resources?.requests == example.shownRequests)
        #expect(status.resources?.limits == example.shownLimits)
        #expect(status.allocatedResources == example.requests)
    }

    @Test func aContainerThatHasEndedIsShownWithWhatItWouldGet() {
        let status = Self.status(["cpu": "1"], [:]) { container in
            container = .sample(.exited)
            container.amounts = Self.whole
        }
        #expect(status.resources?.requests == ["cpu": "1"])
    }

    @Test func userAndSignalAreTheRuntimes() {
        let status = Self.status([:], [:]) { container in
            container.user = RuntimeUser(userID: 1000, groupID: 1001, supplementalGroups: [1001, 7])
            container.stopSignal = "SIGUSR1"
        }
        #expect(status.user?.linux?.uid == 1000 && status.user?.linux?.gid == 1001)
        #expect(status.user?.linux?.supplementalGroups == [1001, 7])
        #expect(status.stopSignal == "SIGUSR1")
        let silent = Self.status([:], [:]) { _ in }
        #expect(silent.user == nil && silent.stopSignal == nil)
    }

    @Test func aContainerThatWasNeverMadeShowsItsMountsOnly() throws {
        var pod = Pod.sample()
        var mount = VolumeMount()
        mount.name = "data"
        mount.mountPath = "/data"
        pod.spec.containers[0].volumeMounts = [mount]
        pod.spec.containers[0].resources.requests = ["cpu": "1"]
        let status = PodStatusBuilder.sample(pod, runtime: .sample(of: pod)).status().containerStatuses[0]
        #expect(status.resources == nil && status.allocatedResources.isEmpty)
        #expect(status.volumeMounts.map(\.mountPath) == ["/data"])
        #expect(status.volumeMounts[0].readOnly == false && status.volumeMounts[0].recursiveReadOnly == nil)
    }
}
