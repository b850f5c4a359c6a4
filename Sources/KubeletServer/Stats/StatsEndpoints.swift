import ContainerRuntime
import HTTPServing
import Kubelet
import KubernetesAPI
import NIOHTTP1
import PodLifecycle
import StructuredData

/// `/metrics` and `/stats/summary`: only what was measured; what wasn't is left out.
struct StatsEndpoints: Sendable {
    let nodeName: String
    let queries: any KubeletQueries
    let runtime: any RuntimeService
    let host: KubeletServerHost

    /// The kubelet's own metrics. Those of the runtime are missing while it can't be asked.
    func metrics() async -> HTTPServerResponse {
        var text = PrometheusText()
        let pods = await queries.pods()
        let staticPods = pods.count { $0.isStatic }
        text.add(
            "kubelet_desired_pods", .gauge, help: "The number of pods the kubelet is being instructed to run.",
            [
                (labels: [("static", "")], value: Double(pods.count - staticPods)),
                (labels: [("static", "true")], value: Double(staticPods)),
            ])
        if let sandboxes = try? await runtime.listPodSandboxes(.all) {
            text.add(
                "kubelet_running_pods", .gauge, help: "Number of pods that have a running pod sandbox.",
                Double(sandboxes.count { $0.state == .ready }))
        }
        if let containers = try? await runtime.listContainers(.all) {
            let states: [(RuntimeContainer.State, String)] = [
                (.created, "created"), (.running, "running"), (.exited, "exited"), (.unknown, "unknown"),
            ]
            let counts = states.map { state, name in
                (labels: [("container_state", name)], value: Double(containers.count { $0.state == state }))
            }
            text.add(
                "kubelet_running_containers", .gauge, help: "Number of containers by state.",
                counts.filter { $0.value > 0 || $0.labels[0].1 == "running" })
        }
        text.add(
            "kubelet_node_name", .gauge, help: "The node's name. The count is always 1.",
            [(labels: [("node", nodeName)], value: 1)])
        addProcess(to: &text)
        return .full(
            status: .ok, headers: ["content-type": "text/plain; version=0.0.4; charset=utf-8"],
            body: Array(text.text.utf8))
    }

    private func addProcess(to text: inout PrometheusText) {
        let usage = ProcessUsage.read()
        text.add(
            "process_cpu_seconds_total", .counter, help: "Total user and system CPU time spent in seconds.",
            usage.cpuSeconds)
        text.add(
            "process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.",
            usage.residentBytes.map { Double($0) })
        text.add(
            "process_virtual_memory_bytes", .gauge, help: "Virtual memory size in bytes.",
            usage.virtualBytes.map { Double($0) })
    }

    /// The machine's and each running container's use of CPU and memory, as `v1alpha1.Summary`.
    /// - Throws: `ContainerRuntimeError` when the runtime can't be asked.
    func summary() async throws -> HTTPServerResponse {
        let stats = try await runtime.listContainerStats(.all)
        let byID = Dictionary(stats.map { ($0.id, $0) }) { first, _ in first }
        let pods = await queries.pods().map { StatsSummary.pod($0, byID) }
        let node = StatsSummary.node(nodeName, NodeUsage.read(), now: host.clock.now())
        let summary: JSONValue = ["node": node, "pods": .array(pods)]
        return .json(summary.serialized())
    }
}
