package import KubernetesAPI
package import PodLifecycle

/// The running kubelet, as its HTTP API sees it.
package struct KubeletState: KubeletQueries {
    private let monitor: RuntimeMonitor
    private let statuses: PodStatuses

    package init(monitor: RuntimeMonitor, statuses: PodStatuses) {
        self.monitor = monitor
        self.statuses = statuses
    }

    package func pods() async -> [Pod] { statuses.pods(withMirrorProblems: true) }

    package func runtimeState(namespace: String, name: String) async throws -> PodRuntimeState? {
        let wanted = PodFullName(name: name, namespace: namespace)
        guard let pod = statuses.pods().first(where: { $0.fullName == wanted }) else { return nil }
        return try await monitor.state(of: pod.uid)
    }

    package func healthProblem() async -> String? {
        await monitor.isConnected ? nil : "runtime events are lost"
    }
}
