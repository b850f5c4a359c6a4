import ContainerRuntime
import KubernetesAPI
import StructuredData

/// The parts of `/stats/summary`, from what was measured.
enum StatsSummary {
    static func node(_ name: String, _ usage: NodeUsage, now: Timestamp) -> JSONValue {
        var node: JSONValue = ["nodeName": .string(name)]
        node["startTime"] = usage.bootTime?.scalar
        if let cpu = usage.cpuNanoseconds {
            node["cpu"] = ["time": now.scalar, "usageCoreNanoSeconds": number(cpu)]
        }
        if let total = usage.memoryTotalBytes, let available = usage.memoryAvailableBytes {
            // What the kernel could not give to somebody else: the machine's working set.
            node["memory"] = [
                "time": now.scalar, "availableBytes": number(available),
                "workingSetBytes": number(total - min(total, available)),
            ]
        }
        return node
    }

    static func pod(_ pod: Pod, _ stats: [ContainerID: RuntimeContainerStats]) -> JSONValue {
        let statuses = pod.status.containerStatuses + pod.status.initContainerStatuses
        let containers = statuses.compactMap { status -> JSONValue? in
            guard let id = ContainerID(apiForm: status.containerID), let measured = stats[id] else { return nil }
            return container(status, measured)
        }
        var summary: JSONValue = [
            "podRef": [
                "name": .string(pod.metadata.name), "namespace": .string(pod.metadata.namespace),
                "uid": .string(pod.metadata.uid),
            ]
        ]
        summary["startTime"] = pod.status.startTime?.scalar
        summary["containers"] = .array(containers)
        return summary
    }

    private static func container(_ status: ContainerStatus, _ stats: RuntimeContainerStats) -> JSONValue {
        let time = stats.timestamp.scalar
        var entry: JSONValue = ["name": .string(status.name)]
        entry["startTime"] = status.state.running?.startedAt?.scalar
        if let cpu = stats.cpuNanoseconds { entry["cpu"] = ["time": time, "usageCoreNanoSeconds": number(cpu)] }
        if stats.memoryWorkingSetBytes != nil || stats.memoryUsageBytes != nil {
            var memory: JSONValue = ["time": time]
            memory["usageBytes"] = stats.memoryUsageBytes.map(number)
            memory["workingSetBytes"] = stats.memoryWorkingSetBytes.map(number)
            entry["memory"] = memory
        }
        if stats.writableLayerBytes != nil || stats.writableLayerInodes != nil {
            var rootfs: JSONValue = ["time": time]
            rootfs["usedBytes"] = stats.writableLayerBytes.map(number)
            rootfs["inodesUsed"] = stats.writableLayerInodes.map(number)
            entry["rootfs"] = rootfs
        }
        return entry
    }

    private static func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
}
