import KubernetesAPI
import StructuredData

extension TableSchema {
    static let pods = TableSchema(
        columns: [
            .name,
            TableColumn("Ready", "The aggregate readiness state of this pod for accepting traffic."),
            TableColumn("Status", "The aggregate status of the containers in this pod."),
            TableColumn(
                "Restarts",
                "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted."
            ),
            .age,
            TableColumn("IP", priority: 1, "Primary IP address of the pod."),
            TableColumn("Node", priority: 1, "Node that the pod is bound to."),
            TableColumn("Nominated Node", priority: 1, "Node where the pod may be scheduled after preemption."),
            TableColumn("Readiness Gates", priority: 1, "Further conditions that count for readiness."),
        ],
        cells: { pod, now in PodRow(pod, now: now).cells },
        conditions: { pod in
            switch pod.value(at: "status", "phase")?.stringValue {
            case "Succeeded": [completed("Succeeded", "The pod has completed successfully.")]
            case "Failed": [completed("Failed", "The pod failed.")]
            default: []
            }
        })

    private static func completed(_ reason: String, _ message: String) -> JSONValue {
        ["type": "Completed", "status": "True", "reason": .string(reason), "message": .string(message)]
    }
}

/// The cells of a pod's row (printPod in pkg/printers/internalversion/printers.go).
struct PodRow {
    private let pod: JSONValue
    private let now: Timestamp
    private let status: JSONValue
    private var reason: String
    private var ready = 0
    private var total: Int
    private var restarts: Int64 = 0
    private var lastRestart: Timestamp?

    init(_ pod: JSONValue, now: Timestamp) {
        self.pod = pod
        self.now = now
        status = pod["status"] ?? [:]
        total = pod.elements("spec", "containers").count + Self.sidecars(pod).count
        reason = status["phase"]?.stringValue ?? ""
        if let stated = status["reason"]?.stringValue, !stated.isEmpty { reason = stated }
        if condition("PodScheduled")?["reason"]?.stringValue == "SchedulingGated" { reason = "SchedulingGated" }
        countContainers()
        if pod.deletionTimestamp != nil {
            if status["reason"]?.stringValue == "NodeLost" {
                reason = "Unknown"
            } else if !["Succeeded", "Failed"].contains(status["phase"]?.stringValue) {
                reason = "Terminating"
            }
        }
    }

    var cells: [JSONValue] {
        var restartText = String(restarts)
        if restarts > 0, let lastRestart {
            let ago = HumanDuration.text(seconds: now.since(lastRestart).components.seconds)
            restartText += " (\(ago) ago)"
        }
        return [
            .string(pod.name), .string("\(ready)/\(total)"), .string(reason), .string(restartText), pod.age(now),
            orNone(status["podIPs"]?[0]?["ip"] ?? status["podIP"]), orNone(pod.value(at: "spec", "nodeName")),
            orNone(status["nominatedNodeName"]), .string(readinessGates),
        ]
    }

    private func orNone(_ value: JSONValue?) -> JSONValue {
        guard let text = value?.stringValue, !text.isEmpty else { return "<none>" }
        return .string(text)
    }

    private var readinessGates: String {
        let gates = pod.elements("spec", "readinessGates")
        guard !gates.isEmpty else { return "<none>" }
        let fulfilled = gates.count { condition($0["conditionType"]?.stringValue ?? "")?.isTrue ?? false }
        return "\(fulfilled)/\(gates.count)"
    }

    private static func sidecars(_ pod: JSONValue) -> Set<String> {
        let restarting = pod.elements("spec", "initContainers").filter { $0["restartPolicy"]?.stringValue == "Always" }
        return Set(restarting.compactMap { $0["name"]?.stringValue })
    }

    private func condition(_ type: String) -> JSONValue? {
        status["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
    }

    // MARK: - Containers

    private mutating func countContainers() {
        let sidecars = Self.sidecars(pod)
        var sidecarRestarts: Int64 = 0
        var sidecarRestart: Timestamp?
        var isInitializing = false
        for (index, container) in status.elements("initContainerStatuses").enumerated() {
            restarts += container["restartCount"]?.integerValue ?? 0
            note(container, &lastRestart)
            let isSidecar = sidecars.contains(container["name"]?.stringValue ?? "")
            if isSidecar {
                sidecarRestarts += container["restartCount"]?.integerValue ?? 0
                note(container, &sidecarRestart)
            }
            if container.value(at: "state", "terminated", "exitCode")?.integerValue == 0 { continue }
            if isSidecar, container["started"]?.boolValue == true {
                if container["ready"]?.boolValue == true { ready += 1 }
                continue
            }
            reason = initReason(container, index)
            isInitializing = true
            break
        }
        guard !isInitializing || condition("Initialized")?.isTrue ?? false else { return }
        restarts = sidecarRestarts
        lastRestart = sidecarRestart
        countMainContainers()
    }

    private mutating func countMainContainers() {
        var hasRunning = false
        for container in status.elements("containerStatuses").reversed() {
            restarts += container["restartCount"]?.integerValue ?? 0
            note(container, &lastRestart)
            let state = container["state"] ?? [:]
            if let waiting = state["waiting"]?["reason"]?.stringValue, !waiting.isEmpty {
                reason = waiting
            } else if let terminated = state["terminated"] {
                reason = Self.ending(terminated)
            } else if container["ready"]?.boolValue == true, state["running"] != nil {
                hasRunning = true
                ready += 1
            }
        }
        if reason == "Completed", hasRunning {
            reason = condition("Ready")?.isTrue ?? false ? "Running" : "NotReady"
        }
    }

    private func initReason(_ container: JSONValue, _ index: Int) -> String {
        let state = container["state"] ?? [:]
        if let terminated = state["terminated"] { return "Init:" + Self.ending(terminated) }
        if let waiting = state["waiting"]?["reason"]?.stringValue, !waiting.isEmpty, waiting != "PodInitializing" {
            return "Init:" + waiting
        }
        return "Init:\(index)/\(pod.elements("spec", "initContainers").count)"
    }

    private static func ending(_ terminated: JSONValue) -> String {
        if let reason = terminated["reason"]?.stringValue, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.integerValue, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.integerValue ?? 0)"
    }

    /// Remembers when a container last ended before it was restarted.
    private func note(_ container: JSONValue, _ latest: inout Timestamp?) {
        guard let text = container.value(at: "lastState", "terminated", "finishedAt")?.stringValue,
            let finished = Timestamp(rfc3339: text)
        else { return }
        latest = max(latest ?? finished, finished)
    }
}

extension JSONValue {
    /// Whether a condition holds.
    var isTrue: Bool { self["status"]?.stringValue == "True" }
}
