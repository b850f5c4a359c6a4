import ContainerRuntime
import HostSystem
import KubernetesAPI
import PodLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Kubelet

/// Evictions from a node whose measurements are the test's.
@Suite(.timeLimit(.minutes(3)))
struct EvictionManagerTests {
    private final class Measurements: NodeMeasurements {
        private let available = Mutex<Int64>(1000)
        private let written = Mutex(PodStorage())
        private let hasImages = Mutex(false)

        func setAvailable(_ bytes: Int64) { available.withLock { $0 = bytes } }
        func setImageFileSystem() { hasImages.withLock { $0 = true } }
        func hasImageFileSystem() async -> Bool { hasImages.withLock { $0 } }
        func setStorage(_ storage: PodStorage) { written.withLock { $0 = storage } }

        func observe(_ signals: Set<EvictionSignal>) async -> [EvictionSignal: SignalObservation] {
            let bytes = available.withLock { $0 }
            return Dictionary(
                uniqueKeysWithValues: signals.map { ($0, SignalObservation(available: bytes, capacity: 1000)) })
        }

        func usage(of pods: [Pod], _ signal: EvictionSignal) async -> [EvictionCandidate] {
            pods.map { EvictionCandidate(pod: $0, usage: 10) }
        }

        func storage(of pods: [Pod]) async -> [PodUID: PodStorage] {
            let storage = written.withLock { $0 }
            return Dictionary(uniqueKeysWithValues: pods.map { ($0.uid, storage) })
        }
    }

    private let api = FakeNodeAPI()
    private let measurements = Measurements()

    private func pod(change: (inout Pod) -> Void = { _ in }) -> Pod {
        var pod = Pod.sample("web", uid: "uid-1")
        pod.metadata.annotations = [:]
        change(&pod)
        return pod
    }

    private func run(
        _ signal: String, reclaims: Int64? = nil, _ body: @Sendable (TestKubelet) async throws -> Void
    ) async throws {
        let settings = try EvictionSettings(
            hard: [signal: "10%"], soft: [:], softGracePeriods: [:], minimumReclaim: [:],
            transitionPeriod: .seconds(300), maxPodGracePeriod: 0)
        var kubelet = try TestKubelet(api: api)
        kubelet.eviction = TestKubelet.Eviction(
            measurements: measurements, settings: settings,
            reclaimDisk: { [measurements] workers in
                await workers.removeContainersOfEndedPods()
                if let reclaims { measurements.setAvailable(reclaims) }
            })
        let ready = kubelet
        try await ready.run { try await body(ready) }
    }

    private func wait(for phase: PodPhase) async throws {
        try await api.wait { $0.pods.values.first { !$0.isMirror }?.status.phase == phase }
    }

    private var shown: Pod? { api.pods.values.first { !$0.isMirror } }

    @Test func aPodGoesWhenMemoryIsShort() async throws {
        api.put(pod())
        try await run("memory.available") { kubelet in
            kubelet.want(.sample("static-node", uid: "uid-9", containers: ["main"]))
            try await wait(for: .running)
            try await kubelet.waitForRun(of: "main", attempt: 0)
            measurements.setAvailable(50)
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await wait(for: .failed)
            #expect(shown?.status.reason == "Evicted")
            #expect(shown?.status.message.hasPrefix("The node was low on resource: memory.") == true)
            try await kubelet.runtime.wait { $0.container(named: "web")?.state == .exited }
            #expect(kubelet.runtime.state.gracePeriods == ["web": [2]])
            #expect(kubelet.runtime.state.container(named: "main")?.state == .running, "static pods stay")
            #expect(kubelet.events.all.contains { $0.reason == "EvictionThresholdMet" })
        }
    }

    /// A shortage isn't over before the pod is gone that was chosen for it.
    @Test func noOtherPodGoesWhileOneIsOnItsWay() async throws {
        for name in ["first", "second"] {
            var pod = Pod.sample(name, uid: name, containers: [name])
            pod.metadata.annotations = [:]
            api.put(pod)
        }
        try await run("memory.available") { kubelet in
            kubelet.runtime.update { $0.stopBehaviors["first"] = .hang }
            for name in ["first", "second"] { try await kubelet.waitForRun(of: name, attempt: 0) }
            measurements.setAvailable(50)
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            // It waits for the pod, and looks at nothing meanwhile.
            try await kubelet.clock.waitForSleep(of: .seconds(40))
            try await kubelet.runtime.wait { $0.count(of: .stopContainer) == 1 }
            kubelet.clock.advance(by: .seconds(20))
            measurements.setAvailable(500)
            kubelet.runtime.exit("first", code: 0)
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            kubelet.clock.advance(by: .seconds(1))
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            #expect(api.pods[PodFullName(name: "first", namespace: "default")]?.status.reason == "Evicted")
            #expect(kubelet.runtime.state.container(named: "second")?.state == .running)
            #expect(kubelet.runtime.state.gracePeriods == ["first": [2]])
        }
    }

    @Test func whatNobodyNeedsGoesBeforeAnyPod() async throws {
        api.put(pod())
        try await run("nodefs.available", reclaims: 500) { kubelet in
            try await wait(for: .running)
            measurements.setAvailable(50)
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await kubelet.events.wait { $0.contains { $0.reason == "EvictionThresholdMet" } }
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            #expect(shown?.status.phase == .running)
        }
    }

    @Test func whatIsOnAnotherDiskStaysThere() async throws {
        measurements.setImageFileSystem()
        api.put(pod())
        try await run("nodefs.available", reclaims: 500) { kubelet in
            try await wait(for: .running)
            measurements.setAvailable(50)
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await wait(for: .failed)
            #expect(shown?.status.message.hasPrefix("The node was low on resource: ephemeral-storage.") == true)
        }
    }

    @Test func theContainersOfEndedPodsGoFirst() async throws {
        api.put(pod { $0.spec.restartPolicy = .never })
        try await run("imagefs.available") { kubelet in
            try await kubelet.waitForRun(attempt: 0)
            kubelet.runtime.exit("web", code: 0)
            try await wait(for: .succeeded)
            measurements.setAvailable(50)
            // The pod shows that it has ended a moment before nothing is left to be done for it.
            while !kubelet.runtime.state.containers.isEmpty {
                try await kubelet.clock.waitForSleep(of: .seconds(10))
                kubelet.clock.advance(by: .seconds(10))
            }
            #expect(shown?.status.phase == .succeeded)
            #expect(shown?.status.containerStatuses.first?.state.terminated?.exitCode == 0)
        }
    }

    @Test func aPodThatWritesTooMuchGoes() async throws {
        api.put(
            pod { pod in
                var volume = Volume()
                volume.name = "data"
                volume.emptyDir = EmptyDirVolumeSource()
                volume.emptyDir?.sizeLimit = "1Mi"
                pod.spec.volumes = [volume]
            })
        try await run("memory.available") { kubelet in
            try await wait(for: .running)
            #expect(HostFiles.exists(kubelet.paths.volume(PodUID("uid-1"), .emptyDir, "data")))
            measurements.setStorage(PodStorage(emptyDirs: ["data": DiskUsage(bytes: 2 << 20)]))
            try await kubelet.clock.waitForSleep(of: .seconds(10))
            kubelet.clock.advance(by: .seconds(10))
            try await wait(for: .failed)
            #expect(shown?.status.message == "Usage of EmptyDir volume \"data\" exceeds the limit \"1Mi\". ")
            try await kubelet.clock.waitForSleep(of: .seconds(1))
            #expect(!HostFiles.exists(kubelet.paths.volume(PodUID("uid-1"), .emptyDir, "data")))
        }
    }

    @Test func memoryIsWhatTheKernelCouldHaveAtOnce() {
        let memory = MemoryInformation(
            parsing: "MemTotal:       1000 kB\nMemFree:         200 kB\nInactive(file):   50 kB\n")
        #expect(KernelMeasurements.memory(memory) == SignalObservation(available: 250 << 10, capacity: 1000 << 10))
        #expect(KernelMeasurements.memory(MemoryInformation(parsing: "")) == nil)
    }
}
