import HostSystem
import StructuredData
import Testing

extension RealParts.SharedNode {
    /// Amounts of CPU and memory that change at the API server while pods run.
    @Suite struct PodResizeTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        private static let forever = "trap 'exit 0' TERM; sleep 100000 & wait"

        /// Runs a pod whose container has these amounts.
        private func run(_ name: String, _ resources: String, policy: String = "[]") async throws -> JSONValue {
            try await node.create(
                name, Self.forever, container: "resizePolicy: \(policy)\n    resources: \(resources)")
            try await node.assigned(name, "runs") { Self.container($0)?["ready"]?.boolValue == true }
            return try #require(try await node.assigned(name))
        }

        private static func container(_ pod: JSONValue) -> JSONValue? {
            pod.value(at: "status", "containerStatuses")?[0]
        }

        private static func condition(_ type: String, _ pod: JSONValue) -> JSONValue? {
            pod.value(at: "status", "conditions")?.arrayValue?.first { $0["type"]?.stringValue == type }
        }

        private func resize(_ name: String, _ resources: String) async throws -> Command.Result {
            try await node.kubectl(
                "patch", "pod", name, "--subresource", "resize", "--patch",
                "{\"spec\": {\"containers\": [{\"name\": \"main\", \"resources\": \(resources)}]}}")
        }

        private func process(_ pod: JSONValue) async throws -> Int32 {
            let id = Self.container(pod)?["containerID"]?.stringValue ?? ""
            return try #require(try await node.process(String(id.split(separator: "/").last ?? "")))
        }

        private func end(_ name: String) async throws {
            try await node.output("delete", "pod", name, "--grace-period=1")
        }

        @Test func aContainerGetsOtherAmountsWithoutARestart() async throws {
            let before = try await run(
                "resized", "{requests: {cpu: 10m, memory: 16Mi}, limits: {cpu: 100m, memory: 64Mi}}")
            let process = try await process(before)
            #expect(try ContainerLimits(ofProcess: process) == ContainerLimits(cpuQuota: 10_000, memory: 64 << 20))
            let patched = try await resize(
                "resized", #"{"requests": {"cpu": "20m"}, "limits": {"cpu": "200m", "memory": "96Mi"}}"#)
            #expect(patched.output == "pod/resized patched\n", "\(patched.errors)")
            try await node.assigned("resized", "has been resized") { pod in
                let has = Self.container(pod)
                return has?.value(at: "resources", "limits") == ["cpu": "200m", "memory": "96Mi"]
                    && has?.value(at: "allocatedResources", "cpu") == "20m"
                    && pod.value(at: "status", "observedGeneration") == pod.value(at: "metadata", "generation")
                    && Self.condition("PodResizeInProgress", pod) == nil
            }
            #expect(try ContainerLimits(ofProcess: process) == ContainerLimits(cpuQuota: 20_000, memory: 96 << 20))
            let after = try #require(try await node.assigned("resized"))
            #expect(Self.container(after)?["containerID"] == Self.container(before)?["containerID"])
            #expect(Self.container(after)?["restartCount"] == 0)
            #expect(after.value(at: "metadata", "generation") == 2)
            try await eventually("events tell of it") {
                let events = try await self.node.output("events", "--for", "pod/resized")
                return events.contains("ResizeStarted") && events.contains("Pod resize completed: {\"containers\":")
            }
            let edited = try await node.kubectl("patch", "pod", "resized", "--patch", Self.withCPU("300m"))
            #expect(edited.errors.contains("pod updates may not change fields other than"), "\(edited.errors)")
            try await end("resized")
        }

        private static func withCPU(_ cpu: String) -> String {
            "{\"spec\": {\"containers\": [{\"name\": \"main\", \"resources\": {\"limits\": {\"cpu\": \"\(cpu)\"}}}]}}"
        }

        @Test func kubectlEditResizesToo() async throws {
            let before = try await run("resized-edit", "{requests: {cpu: 10m}, limits: {cpu: 100m, memory: 64Mi}}")
            let process = try await process(before)
            let newest = try #require(node.tier.kubectls.last)
            var command = node.kubectlCommand(newest, ["edit", "pod", "resized-edit", "--subresource", "resize"])
            command.environment["KUBE_EDITOR"] = "sed -i s/100m/150m/"
            let result = try await command.run()
            #expect(result.output == "pod/resized-edit edited\n", "\(result.errors)")
            try await eventually("the cgroup has 150m") {
                try ContainerLimits(ofProcess: process).cpuQuota == 15_000
            }
            try await end("resized-edit")
        }

        @Test func aPolicyMayAskForARestart() async throws {
            let before = try await run(
                "resized-anew", "{requests: {memory: 16Mi}, limits: {memory: 64Mi}}",
                policy: "[{resourceName: memory, restartPolicy: RestartContainer}]")
            _ = try await resize("resized-anew", #"{"limits": {"memory": "96Mi"}}"#)
            try await node.assigned("resized-anew", "has a new container") {
                Self.container($0)?["restartCount"] == 1 && Self.container($0)?["ready"] == true
                    && Self.condition("PodResizeInProgress", $0) == nil
            }
            let after = try #require(try await node.assigned("resized-anew"))
            #expect(try ContainerLimits(ofProcess: try await process(after)).memory == 96 << 20)
            #expect(after.value(at: "status", "podIP") == before.value(at: "status", "podIP"))
            try await end("resized-anew")
        }

        @Test func oneWaitsForRoomAndOneInVain() async throws {
            let text = try await node.output("get", "node", TestNode.name, "-o", "jsonpath={.status.allocatable.cpu}")
            let allocatable = text.hasSuffix("m") ? Int(text.dropLast()) : Int(text).map { $0 * 1000 }
            let most = try #require(allocatable) * 6 / 10
            _ = try await run("resized-first", "{requests: {cpu: \(most)m}}")
            let before = try await run("resized-later", "{requests: {cpu: 10m}}")
            _ = try await resize("resized-later", "{\"requests\": {\"cpu\": \"\(most)m\"}}")
            try await node.assigned("resized-later", "waits for room") { pod in
                let pending = Self.condition("PodResizePending", pod)
                return pending?["reason"] == "Deferred" && pending?["observedGeneration"] == 2
                    && pending?["message"]?.stringValue?.hasPrefix(
                        "Node didn't have enough resource: cpu, requested: \(most), used: ") == true
                    && Self.container(pod)?.value(at: "allocatedResources", "cpu") == "10m"
            }
            try await end("resized-first")
            try await node.assigned("resized-later", "has its room") { pod in
                Self.condition("PodResizePending", pod) == nil
                    && Self.condition("PodResizeInProgress", pod) == nil
                    && Self.container(pod)?.value(at: "allocatedResources", "cpu")?.stringValue == "\(most)m"
            }
            _ = try await resize("resized-later", #"{"requests": {"cpu": "1000"}}"#)
            try await node.assigned("resized-later", "asks for too much") { pod in
                let pending = Self.condition("PodResizePending", pod)
                return pending?["reason"] == "Infeasible"
                    && pending?["message"]?.stringValue?.hasPrefix(
                        "Node didn't have enough capacity: cpu, requested: 1000000, capacity: ") == true
            }
            let described = try await node.output("describe", "pod", "resized-later")
            #expect(described.contains("ResizeInfeasible"), "\(described)")
            let after = try #require(try await node.assigned("resized-later"))
            #expect(Self.container(after)?["containerID"] == Self.container(before)?["containerID"])
            try await end("resized-later")
        }

        @Test func aLimitBelowWhatIsInUseIsRefused() async throws {
            // A file in memory counts as the container's.
            try await node.create(
                "resized-full", "dd if=/dev/zero of=/dev/shm/full bs=1M count=40 2>/dev/null; \(Self.forever)",
                container: "resources: {requests: {memory: 16Mi}, limits: {memory: 96Mi}}")
            try await node.assigned("resized-full", "runs") { Self.container($0)?["ready"]?.boolValue == true }
            try await eventually("it uses memory") {
                try await node.output("exec", "resized-full", "--", "stat", "-c", "%s", "/dev/shm/full")
                    == "\(40 << 20)\n"
            }
            let pod = try #require(try await node.assigned("resized-full"))
            let process = try await process(pod)
            _ = try await resize("resized-full", #"{"limits": {"memory": "32Mi"}}"#)
            try await node.assigned("resized-full", "is not resized") { pod in
                let condition = Self.condition("PodResizeInProgress", pod)
                return condition?["reason"] == "Error"
                    && condition?["message"]?.stringValue?.hasPrefix(
                        "cannot decrease memory limits: [attempting to set pod memory limit (33554432)") == true
                    && Self.container(pod)?.value(at: "resources", "limits", "memory") == "96Mi"
            }
            #expect(try ContainerLimits(ofProcess: process).memory == 96 << 20)
            try await node.output("exec", "resized-full", "--", "rm", "/dev/shm/full")
            try await node.assigned("resized-full", "is resized when it has let go") {
                Self.condition("PodResizeInProgress", $0) == nil
                    && Self.container($0)?.value(at: "resources", "limits", "memory") == "32Mi"
            }
            #expect(try ContainerLimits(ofProcess: process).memory == 32 << 20)
            try await end("resized-full")
        }

        @Test func aMirrorIsNotResized() async throws {
            let mirror = TestNode.mirror("nginx")
            let result = try await node.kubectl(
                "patch", "pod", mirror, "--subresource", "resize", "--patch",
                #"{"spec": {"containers": [{"name": "nginx", "resources": {"requests": {"cpu": "10m"}}}]}}"#)
            #expect(result.errors.contains("static pods cannot be resized"), "\(result.errors)\(result.output)")
        }
    }
}
