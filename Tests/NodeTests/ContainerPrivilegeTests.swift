import Glibc
import HostSystem
import Testing

extension RealParts.SharedNode {
    /// What the kernel lets a container's process do, as `/proc` of the node tells.
    @Suite struct ContainerPrivilegeTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// - Parameters:
        ///   - more: a line of the pod's `spec`.
        ///   - containers: their `securityContext` by their names.
        private func manifest(_ name: String, _ more: String, _ containers: KeyValuePairs<String, String>) -> String {
            let head = """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(name)}
                spec:
                  \(more)
                  terminationGracePeriodSeconds: 1
                  containers:

                """
            return head
                + containers.map { container, context in
                    """
                      - name: \(container)
                        image: busybox
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "trap 'exit 0' TERM; sleep 100000 & wait"]
                        securityContext: {\(context)}

                    """
                }.joined()
        }

        /// Runs a pod.
        /// - Returns: its containers' processes by the containers' names.
        private func run(
            _ name: String, _ more: String, _ containers: KeyValuePairs<String, String>
        ) async throws -> [String: Privileges] {
            try node.add(name, manifest(name, more, containers))
            let shown = try await node.shown(name, "is ready") { $0.isReady }
            var found: [String: Privileges] = [:]
            for (container, state) in shown.containers {
                found[container] = Privileges(process: try #require(try await node.process(state.id)))
            }
            return found
        }

        @Test func processesMayDoWhatTheirSecurityContextSays() async throws {
            let processes = try await run(
                "privileges", "securityContext: {supplementalGroups: [4000, 5000]}",
                [
                    "plain": "", "chosen": "capabilities: {add: [NET_ADMIN], drop: [MKNOD]}",
                    "bare":
                        "capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}, allowPrivilegeEscalation: false, "
                        + "readOnlyRootFilesystem: true, runAsUser: 1000, runAsGroup: 3000",
                    "unconfined": "seccompProfile: {type: Unconfined}", "privileged": "privileged: true",
                ])
            let plain = try #require(processes["plain"])
            #expect(try plain.status("Uid") == ["0", "0", "0", "0"])
            #expect(try Set(plain.status("Groups")).isSuperset(of: ["4000", "5000"]))
            #expect(try plain.status("NoNewPrivs") == ["0"])
            #expect(try plain.status("Seccomp") == ["2"])
            #expect(try plain.mountOptions("/")?.hasPrefix("rw") == true)
            #expect(try plain.mountOptions("/proc/interrupts") != nil)
            #expect(try plain.mountOptions("/proc/sys")?.hasPrefix("ro") == true)

            let (networkAdministration, deviceNodes, lowPorts) = (UInt64(1) << 12, UInt64(1) << 27, UInt64(1) << 10)
            let usual = try plain.capabilities("CapEff")
            #expect(usual & networkAdministration == 0 && usual & deviceNodes != 0)
            let chosen = try #require(processes["chosen"])
            #expect(try chosen.capabilities("CapEff") == (usual | networkAdministration) & ~deviceNodes)

            let bare = try #require(processes["bare"])
            #expect(try bare.capabilities("CapBnd") == lowPorts)
            #expect(try bare.status("NoNewPrivs") == ["1"])
            #expect(try bare.status("Uid") == ["1000", "1000", "1000", "1000"])
            #expect(try bare.status("Gid") == ["3000", "3000", "3000", "3000"])
            #expect(try Set(bare.status("Groups")).isSuperset(of: ["4000", "5000"]))
            #expect(try bare.mountOptions("/")?.hasPrefix("ro") == true)

            #expect(try processes["unconfined"]?.status("Seccomp") == ["0"])
            let privileged = try #require(processes["privileged"])
            let runtime = Privileges(process: try #require(try node.containerdProcess()).processID)
            #expect(try privileged.capabilities("CapEff") == runtime.capabilities("CapEff"))
            #expect(try privileged.status("Seccomp") == ["0"])
            #expect(try privileged.mountOptions("/proc/interrupts") == nil)
            #expect(try privileged.mountOptions("/proc/sys") == nil)
            try await node.end("privileges")
        }

        @Test func podsShareNamespacesWithWhomTheyAskFor() async throws {
            let two: KeyValuePairs<String, String> = ["main": "", "side": ""]
            let alone = try await namespaces(of: run("alone", "hostPID: false", two))
            #expect(alone["pid"]?.count == 2)
            #expect(alone["ipc"]?.count == 1)
            let sharing = try await namespaces(of: run("sharing", "shareProcessNamespace: true", two))
            #expect(sharing["pid"]?.count == 1)
            let hosted = try await namespaces(of: run("hosted", "hostPID: true\n  hostIPC: true", two))
            let own = Privileges(process: getpid())
            for kind in ["pid", "ipc"] {
                let host = try own.namespace(kind)
                #expect(hosted[kind] == [host])
                #expect(alone[kind]?.contains(host) == false && sharing[kind]?.contains(host) == false)
            }
            for pod in ["alone", "sharing", "hosted"] { try await node.end(pod) }
        }

        private func namespaces(of processes: [String: Privileges]) throws -> [String: Set<String>] {
            try Dictionary(
                uniqueKeysWithValues: ["pid", "ipc"].map { kind in
                    (kind, Set(try processes.values.map { try $0.namespace(kind) }))
                })
        }
    }
}

/// A process of this machine, by what the kernel says of it.
private struct Privileges {
    let process: Int32

    /// The words of a line of `/proc/PID/status`.
    func status(_ name: String) throws -> [String] {
        let lines = try HostFiles.readText("/proc/\(process)/status").split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("\(name):") })
        return line.split(whereSeparator: \.isWhitespace).dropFirst().map(String.init)
    }

    func capabilities(_ set: String) throws -> UInt64 {
        try #require(try status(set).first.flatMap { UInt64($0, radix: 16) })
    }

    /// How a place in the process's file system is mounted; `nil` where nothing is.
    func mountOptions(_ place: String) throws -> String? {
        let lines = try HostFiles.readText("/proc/\(process)/mountinfo").split(separator: "\n")
        // The fields are in `proc(5)`: the fifth is the place, the sixth how it is mounted.
        let mounts = lines.map { line in line.split(separator: " ").map(String.init) }
        return mounts.last { $0[4] == place }?[5]
    }

    /// What the kernel calls one of its namespaces.
    func namespace(_ kind: String) throws -> String {
        try #require(try HostFiles.target(ofLink: "/proc/\(process)/ns/\(kind)"))
    }
}
