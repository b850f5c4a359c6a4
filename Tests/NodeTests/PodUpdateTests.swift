import HostSystem
import StructuredData
import Testing

extension RealParts.EditedNode {
    /// An edit of a manifest changes what it concerns, and nothing else.
    @Suite struct PodUpdateTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        // MARK: In the sandbox that is there

        @Test func anEditedVariableRestartsItsContainerOnly() async throws {
            var pod = WitnessedPod("variable")
            let before = try await node.run(pod)
            let sandbox = try await node.sandbox(of: pod.name)
            pod["main"].version = 2
            let after = try await edit(pod, "runs the new version") { $0["main"]?.id != before.containers["main"]?.id }
            #expect(after.containers["main"]?.restartCount == 1)
            #expect(after.containers["side"] == before.containers["side"])
            #expect(after.podIP == before.podIP)
            #expect(after.hash != before.hash)
            #expect(after.uid != before.uid, "the mirror is a new one")
            #expect(try await node.sandbox(of: pod.name) == sandbox)
            #expect(try node.diary(of: pod.name).filter { $0.container == "side" }.map(\.text) == ["side begin 1"])
            #expect(
                try node.diary(of: pod.name).filter { $0.container == "main" }.map(\.text)
                    == ["main begin 1", "main end 1", "main begin 2"])
            try await node.end(pod.name)
        }

        @Test func anEditedLabelRestartsNothing() async throws {
            var pod = WitnessedPod("label")
            let before = try await node.run(pod)
            pod.edition = 2
            let after = try await node.run(pod)
            #expect(after.containers == before.containers)
            #expect(after.podIP == before.podIP)
            #expect(after.hash != before.hash)
            try await node.end(pod.name)
        }

        @Test func aContainerThatComesOrGoesTouchesNoOther() async throws {
            var pod = WitnessedPod("crew")
            let before = try await node.run(pod)
            pod.containers.append(WitnessedPod.Container("third"))
            let more = try await edit(pod, "has a third container") { $0.count == 3 }
            pod.containers.removeLast()
            let fewer = try await edit(pod, "has two containers") { $0.count == 2 }
            for pod in [more, fewer] {
                for name in ["main", "side"] { #expect(pod.containers[name] == before.containers[name]) }
                #expect(pod.podIP == before.podIP)
            }
            try await eventually("the third has ended") {
                try await self.node.runtime().running("third", of: pod.name).isEmpty
            }
            try await node.end(pod.name)
        }

        @Test func aLongerGracePeriodHoldsForTheContainerThatRuns() async throws {
            var pod = WitnessedPod("patience")
            pod.gracePeriod = 1
            pod.farewell = 4
            let before = try await node.run(pod)
            pod.gracePeriod = 60
            try node.write(pod)
            let after = try await node.shown(pod.name, "shows the new grace period") {
                $0.isReady
                    && $0.object.value(at: "spec", "terminationGracePeriodSeconds")?.integerValue == 60
            }
            #expect(after.containers == before.containers)
            try await node.end(pod.name)
            #expect(try node.diary(of: pod.name).filter { $0.event == .end }.count == 2)
        }

        // MARK: Another sandbox

        @Test func aMoveToTheHostsNetworkReplacesThePodWhenItHasEnded() async throws {
            var pod = WitnessedPod("mover")
            pod.farewell = 1
            pod.gracePeriod = 30
            let before = try await node.run(pod)
            pod.usesHostNetwork = true
            for container in pod.containers { pod[container.name].version = 2 }
            let after = try await edit(pod, "runs on the host's network") {
                $0["main"]?.id != before.containers["main"]?.id
            }
            #expect(after.podIP == after.hostIP)
            try expectReplacement(of: pod)
            try await node.end(pod.name)
        }

        @Test func anEditedPodThatIsNotToBeRestartedIsReplaced() async throws {
            var pod = WitnessedPod("never")
            pod.more = ["restartPolicy: Never"]
            pod.farewell = 1
            pod.gracePeriod = 30
            let before = try await node.run(pod)
            let sandbox = try await node.sandbox(of: pod.name)
            for container in pod.containers { pod[container.name].version = 2 }
            try await edit(pod, "runs the new version") { $0["main"]?.id != before.containers["main"]?.id }
            #expect(try await node.sandbox(of: pod.name) != sandbox)
            try expectReplacement(of: pod)
            try await node.end(pod.name)
        }

        /// Both containers of the first version ended before any of the second began.
        private func expectReplacement(of pod: WitnessedPod) throws {
            let diary = try node.diary(of: pod.name)
            #expect(diary.map(\.event) == [.begin, .begin, .end, .end, .begin, .begin], "\(diary.map(\.text))")
            #expect(diary.map(\.version) == [1, 1, 1, 1, 2, 2], "\(diary.map(\.text))")
            #expect(Set(diary.map(\.uid)).count == 2)
        }

        // MARK: Pull before stop

        @Test func anImageThatCannotBePulledLeavesTheOldContainerRunning() async throws {
            let port = try MachineShare.port()
            var pod = WitnessedPod("pull")
            let before = try await node.run(pod)
            pod["main"].image = "127.0.0.1:\(port)/none:0"
            try node.write(pod)
            let pending = try await node.shown(pod.name, "has a pending update") {
                $0.condition(ShownPod.updatePending)?.status == "True"
            }
            #expect(pending.containers == before.containers)
            #expect(pending.hash == before.hash, "the mirror shows the version that runs")
            let condition = try #require(pending.condition(ShownPod.updatePending))
            #expect(["ErrImagePull", "ImagePullBackOff"].contains(condition.reason), "\(condition)")
            #expect(condition.message.contains("none:0"), "\(condition)")
            try await eventually("kubectl describe tells of it") {
                try await self.node.output("describe", "pod", TestNode.mirror(pod.name)).contains("none:0")
            }

            for number in 1...300 {
                pod["main"].image = "127.0.0.1:\(port)/none:\(number)"
                try node.write(pod)
            }
            try await node.shown(pod.name, "waits for the last one") {
                $0.condition(ShownPod.updatePending)?.message.contains("none:300") == true
            }
            #expect(try await node.shown(pod.name)?.containers == before.containers)

            pod["main"].image = "busybox"
            pod["main"].version = 2
            let after = try await edit(pod, "runs the good version") { $0["main"]?.id != before.containers["main"]?.id }
            #expect(after.condition(ShownPod.updatePending)?.status != "True")
            #expect(after.containers["main"]?.restartCount == 1)
            #expect(after.containers["side"] == before.containers["side"])
            let diary = try node.diary(of: pod.name).filter { $0.container == "main" }
            #expect(diary.map(\.text) == ["main begin 1", "main end 1", "main begin 2"])
            try await node.end(pod.name)
        }

        // MARK: CPU and memory

        @Test func amountsOfCPUAndMemoryChangeWhileTheContainerRuns() async throws {
            var pod = WitnessedPod("resized")
            pod["main"].more = Self.resources(cpu: "100m", memory: "64Mi")
            let before = try await node.run(pod)
            let process = try #require(try await node.process(before.containers["main"]?.id ?? ""))
            #expect(try ContainerLimits(ofProcess: process) == ContainerLimits(cpuQuota: 10_000, memory: 64 << 20))
            for (cpu, memory) in [("200m", "128Mi"), ("50m", "96Mi")] {
                pod["main"].more = Self.resources(cpu: cpu, memory: memory)
                try node.write(pod)
                let expected = ContainerLimits(
                    cpuQuota: cpu == "200m" ? 20_000 : 5_000, memory: memory == "128Mi" ? 128 << 20 : 96 << 20)
                try await eventually("the cgroup has \(cpu) and \(memory)") {
                    try ContainerLimits(ofProcess: process) == expected
                }
            }
            let after = try await node.shown(pod.name, "shows the new limits") {
                $0.isReady && $0.object["spec"]?["containers"]?[0]?.value(at: "resources", "limits", "cpu") == "50m"
            }
            #expect(after.containers == before.containers)
            try await node.end(pod.name)
        }

        @Test func anAmountWhosePolicyIsARestartRestartsItsContainerOnly() async throws {
            let policy = "resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]"
            var pod = WitnessedPod("resized-anew")
            pod["main"].more = Self.resources(cpu: "100m", memory: "64Mi") + [policy]
            let before = try await node.run(pod)
            let sandbox = try await node.sandbox(of: pod.name)
            pod["main"].more = Self.resources(cpu: "100m", memory: "96Mi") + [policy]
            let after = try await edit(pod, "has a new container") { $0["main"]?.id != before.containers["main"]?.id }
            #expect(after.containers["main"]?.restartCount == 1)
            #expect(after.containers["side"] == before.containers["side"])
            #expect(try await node.sandbox(of: pod.name) == sandbox)
            let process = try #require(try await node.process(after.containers["main"]?.id ?? ""))
            #expect(try ContainerLimits(ofProcess: process).memory == 96 << 20)
            try await node.end(pod.name)
        }

        private static func resources(cpu: String, memory: String) -> [String] {
            [
                "resources:", "  requests: {cpu: 10m, memory: 16Mi}",
                "  limits: {cpu: \(cpu), memory: \(memory)}",
            ]
        }

        // MARK: Waiting

        /// Puts the new version in place and waits until all containers are ready and as described.
        @discardableResult
        private func edit(
            _ pod: WitnessedPod, _ what: String, _ condition: ([String: ShownPod.Container]) -> Bool
        ) async throws -> ShownPod {
            try node.write(pod)
            return try await node.shown(pod.name, what) { $0.isReady && condition($0.containers) }
        }
    }
}
