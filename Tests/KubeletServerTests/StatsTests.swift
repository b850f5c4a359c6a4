import ContainerRuntime
import HostSystem
import KubernetesAPI
import StructuredData
import Testing

@testable import KubeletServer

@Suite struct StatsTests {
    @Test func theMachinesUseIsReadFromTheKernelsFiles() {
        let usage = NodeUsage(
            stat: "cpu  100 10 50 1000 200 5 5 30 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\nbtime 1700000000\n",
            memory: MemoryInformation(parsing: "MemTotal:        2048 kB\nMemAvailable:     512 kB\n"),
            ticksPerSecond: 100)
        #expect(usage.cpuNanoseconds == 200 * 10_000_000)
        #expect(usage.bootTime == Timestamp(seconds: 1_700_000_000))
        #expect(usage.memoryTotalBytes == 2_097_152)
        #expect(usage.memoryAvailableBytes == 524_288)
    }

    @Test func whatCannotBeReadIsUnknown() {
        let usage = NodeUsage(
            stat: "cpu 1 2", memory: MemoryInformation(parsing: "MemTotal: much kB"), ticksPerSecond: 100)
        #expect(usage.cpuNanoseconds == nil && usage.bootTime == nil && usage.memoryTotalBytes == nil)
        #expect(ProcessUsage(stat: "1 (x", ticksPerSecond: 100, pageSize: 4_096).cpuSeconds == nil)
    }

    @Test func aProcessMayHaveAnyName() {
        let stat =
            "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 5 0 999 1048576 25 18446744073709551615 1\n"
        let usage = ProcessUsage(stat: stat, ticksPerSecond: 100, pageSize: 4_096)
        #expect(usage.cpuSeconds == 2)
        #expect(usage.startTicks == 999)
        #expect(usage.virtualBytes == 1_048_576)
        #expect(usage.residentBytes == 102_400)
    }

    @Test func thisProcessHasARealUse() {
        let usage = ProcessUsage.read()
        #expect((usage.residentBytes ?? 0) > 1_000_000)
        #expect((NodeUsage.read().memoryTotalBytes ?? 0) > 1_000_000)
    }

    @Test func metricsAreEscaped() {
        var text = PrometheusText()
        text.add("a", .gauge, help: "h", [(labels: [("l", "q\"b\\n\nx")], value: 1.5)])
        text.add("none", .counter, help: "h", nil)
        #expect(text.text == "# HELP a h\n# TYPE a gauge\na{l=\"q\\\"b\\\\n\\nx\"} 1.5\n")
    }

    @Test func aSummaryHasWhatWasMeasuredAndNothingElse() {
        var pod = Pod()
        pod.metadata.name = "web"
        for (name, id) in [("a", "containerd://1"), ("b", "containerd://2"), ("c", "")] {
            var status = ContainerStatus()
            status.name = name
            status.containerID = id
            pod.status.containerStatuses.append(status)
        }
        let time = Timestamp(seconds: 0)
        var measured = RuntimeContainerStats(id: ContainerID("1"), labels: [:], timestamp: time)
        measured.cpuNanoseconds = 7
        measured.memoryWorkingSetBytes = 8
        let expected =
            #"{"podRef":{"name":"web","namespace":"","uid":""},"containers":[{"name":"a","#
            + #""cpu":{"time":"1970-01-01T00:00:00Z","usageCoreNanoSeconds":7},"#
            + #""memory":{"time":"1970-01-01T00:00:00Z","workingSetBytes":8}}]}"#
        #expect(StatsSummary.pod(pod, [ContainerID("1"): measured]).serializedString == expected)
    }
}
