import HostSystem
import Testing

extension RealParts {
    /// The kubelet as a service of systemd, set up as README has it.
    @Suite(.serialized)
    struct SystemdTests {
        private func manifest(_ name: String, cpu: String, memory: String) -> String {
            Manifest.sleeper(name)
                + "    resources: {requests: {cpu: 100m, memory: 16Mi}, limits: {cpu: \(cpu), memory: \(memory)}}\n"
        }

        @Test func podsAreSlicesOfSystemd() async throws {
            let configuration = ["cgroupDriver: systemd", "readOnlyPort: 10255"]
            try await BootedMachine.withMachine("slices", configuration: configuration) { machine in
                try await machine.output("systemctl", "start", "kubelet")
                let service = try await machine.output("systemctl", "status", "kubelet")
                #expect(service.contains("/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml"), "\(service)")

                let pod = try await machine.run("limited", manifest("limited", cpu: "250m", memory: "64Mi"))
                let slice = "kubepods-burstable-pod\(pod.uid.replacing("-", with: "_")).slice"
                try await expectLimits(machine, slice, cpu: 25_000, memory: 64 << 20)
                try await expectShares(machine, "kubepods-burstable.slice", 102)
                let container = try #require(pod.containers["main"]?.id.split(separator: "/").last)
                let scope = try await machine.properties("cri-containerd-\(container).scope", "Slice", "ActiveState")
                #expect(scope == ["Slice": slice, "ActiveState": "active"])

                try machine.add("limited", manifest("limited", cpu: "400m", memory: "96Mi"))
                try await eventually("the slice has what the pod may have now") {
                    try self.limits(machine, slice) == ContainerLimits(cpuQuota: 40_000, memory: 96 << 20)
                }
                try await machine.output("systemctl", "daemon-reload")
                try await expectLimits(machine, slice, cpu: 40_000, memory: 96 << 20)

                try await machine.output("systemctl", "restart", "kubelet")
                let kept = try await eventually("the next kubelet shows the pod") {
                    try await machine.shown("limited").flatMap { $0.isReady ? $0 : nil }
                }
                #expect(kept.containers == pod.containers)
                try await expectLimits(machine, slice, cpu: 40_000, memory: 96 << 20)

                try machine.removeManifest("limited")
                try await eventually("the slice is gone") {
                    let units = try await machine.output("systemctl", "list-units", "--all", "--plain", "--no-legend")
                    return !units.contains(slice) && !units.contains(container)
                }
                try await eventually("its cgroups are gone") {
                    try !self.directories(machine, slice).contains(where: HostFiles.exists)
                }
                // The machine's root is an overlay, where files and directories are on different devices.
                try await eventually("nothing is left of the pod") {
                    try !HostFiles.exists(machine.root("/var/lib/kubelet/pods/\(pod.uid)"))
                }
                try await eventually("nobody is left to weigh") {
                    try await self.shares(machine, "kubepods-burstable.slice") == self.weight(machine, shares: 2)
                }
            }
        }

        /// With the real login manager, whose patience of 5 s the kubelet has to raise.
        @Test func podsEndInTheirOrderBeforeTheMachineGoesOff() async throws {
            let configuration = [
                "readOnlyPort: 10255", "cgroupDriver: systemd", "shutdownGracePeriod: 30s",
                "shutdownGracePeriodCriticalPods: 10s",
            ]
            try await BootedMachine.withMachine("poweroff", configuration: configuration) { machine in
                try await machine.output("systemctl", "start", "kubelet")
                try await eventually("shutdowns wait") {
                    let locks = try await machine.output("systemd-inhibit", "--list", "--no-legend")
                    return locks.contains(/^kubelet .* shutdown .* delay\s*$/.anchorsMatchLineEndings())
                }
                func manifest(_ name: String, seconds: Int, _ more: String = "") -> String {
                    Manifest.shell(
                        name, "trap 'sleep \(seconds); echo \(name) >> /host/ends; exit 0' TERM; sleep 100000 & wait",
                        more: "  \(more)\n  volumes: [{name: host, hostPath: {path: /host}}]",
                        mounts: "[{name: host, mountPath: /host}]"
                    ).replacing("terminationGracePeriodSeconds: 1", with: "terminationGracePeriodSeconds: 20")
                }
                try await machine.run(
                    "critical", manifest("critical", seconds: 0, "priorityClassName: system-node-critical"))
                // Longer than the login manager waits unless told.
                try await machine.run("ordinary", manifest("ordinary", seconds: 6))
                try await machine.output("systemctl", "poweroff")
                #expect(try await machine.waitUntilOff() == .exited(code: 0))
                #expect(try HostFiles.readText(machine.host("ends")) == "ordinary\ncritical\n")
            }
        }

        // MARK: What systemd and the kernel say of a slice

        private func isUnified(_ machine: BootedMachine) throws -> Bool {
            HostFiles.exists(try machine.root("/sys/fs/cgroup/cgroup.controllers"))
        }

        /// The cgroups of a pod's slice that have its limits: of CPU and of memory.
        private func directories(_ machine: BootedMachine, _ slice: String) throws -> [String] {
            try ["cpu", "memory"].map { controller in
                try machine.root(
                    "/sys/fs/cgroup/\(isUnified(machine) ? "" : "\(controller)/")kubepods.slice/kubepods-burstable.slice/"
                        + slice)
            }
        }

        private func limits(_ machine: BootedMachine, _ slice: String) throws -> ContainerLimits {
            let directories = try directories(machine, slice)
            return try ContainerLimits(cpu: directories[0], memory: directories[1], isUnified: isUnified(machine))
        }

        /// Expects limits of a slice by the kernel's files and by what systemd would write there again.
        private func expectLimits(
            _ machine: BootedMachine, _ slice: String, cpu: Int64, memory: Int64,
            _ place: SourceLocation = #_sourceLocation
        ) async throws {
            let limits = try limits(machine, slice)
            #expect(limits == ContainerLimits(cpuQuota: cpu, memory: memory), sourceLocation: place)
            let property = try isUnified(machine) ? "MemoryMax" : "MemoryLimit"
            let properties = try await machine.properties(slice, "CPUQuotaPerSecUSec", property)
            #expect(
                properties == ["CPUQuotaPerSecUSec": "\(cpu / 100)ms", property: "\(memory)"], sourceLocation: place)
            try await expectShares(machine, slice, 102, place)
        }

        private func expectShares(
            _ machine: BootedMachine, _ slice: String, _ shares: Int64, _ place: SourceLocation = #_sourceLocation
        ) async throws {
            let weight = try weight(machine, shares: shares)
            #expect(try await self.shares(machine, slice) == weight, sourceLocation: place)
        }

        private func shares(_ machine: BootedMachine, _ slice: String) async throws -> String? {
            try await machine.properties(slice, "CPUShares", "CPUWeight").values.first { $0.allSatisfy(\.isNumber) }
        }

        /// Shares as systemd has them, which are weights in version 2.
        private func weight(_ machine: BootedMachine, shares: Int64) throws -> String {
            try isUnified(machine) ? "\(1 + (shares - 2) * 9999 / 262_142)" : "\(shares)"
        }
    }
}
