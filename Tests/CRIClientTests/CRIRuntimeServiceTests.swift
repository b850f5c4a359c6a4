import CRIClient
import CRIProtocol
import ContainerRuntime
import GRPCCore
import KubernetesAPI
import SwiftProtobuf
import Testing

private typealias Method = Runtime_V1_RuntimeService.Method

@Suite struct CRIRuntimeServiceTests {
    private let metadata = SandboxMetadata(name: "nginx", uid: "u1", namespace: "default", attempt: 2)

    @Test func aSandboxIsAskedForWithItsWholeConfiguration() async throws {
        let received = Received<Runtime_V1_RunPodSandboxRequest>()
        let route = Unary<Runtime_V1_RunPodSandboxRequest, Runtime_V1_RunPodSandboxResponse>(
            Method.RunPodSandbox.descriptor
        ) { request in
            received.note(request)
            var response = Runtime_V1_RunPodSandboxResponse()
            response.podSandboxID = "s1"
            return response
        }
        var configuration = SandboxConfiguration(metadata: metadata, logDirectory: "/var/log/pods/x")
        configuration.hostname = "nginx"
        configuration.dns = DNSConfiguration(servers: ["10.0.0.10"], searches: ["a.b"], options: ["ndots:5"])
        configuration.portMappings = [PortMapping(networkProtocol: .udp, containerPort: 53, hostPort: 5353)]
        configuration.labels = ["io.kubernetes.pod.name": "nginx"]
        configuration.runtimeHandler = "runsc"
        configuration.linux.cgroupParent = "/kubepods/besteffort/podu1"
        configuration.linux.sysctls = ["net.ipv4.ip_forward": "1"]
        configuration.linux.securityContext.namespaces = NamespaceOptions(
            network: .node, pid: .pod, ipc: .pod,
            userNamespace: UserNamespace(hostID: 65536, containerID: 0, length: 65536))
        configuration.linux.securityContext.runAsUser = 0
        configuration.linux.securityContext.seccomp = .localhost("/profiles/audit.json")

        let id = try await withRuntime(route) { connection in
            try await CRIRuntimeService(connection).runPodSandbox(configuration)
        }

        #expect(id == SandboxID("s1"))
        let request = try #require(await received.next())
        #expect(request.runtimeHandler == "runsc")
        #expect(request.config.metadata.attempt == 2)
        #expect(request.config.dnsConfig.options == ["ndots:5"])
        #expect(request.config.portMappings.first?.protocol == .udp)
        #expect(request.config.linux.cgroupParent == "/kubepods/besteffort/podu1")
        #expect(!request.config.linux.hasOverhead)
        let security = request.config.linux.securityContext
        #expect(security.namespaceOptions.network == .node)
        #expect(security.namespaceOptions.usernsOptions.uids.first?.hostID == 65536)
        #expect(security.hasRunAsUser && security.runAsUser.value == 0)
        #expect(!security.hasRunAsGroup)
        #expect(security.seccomp.localhostRef == "/profiles/audit.json")
    }

    @Test func aContainerIsAskedForWithItsWholeConfiguration() async throws {
        let received = Received<Runtime_V1_CreateContainerRequest>()
        let route = Unary<Runtime_V1_CreateContainerRequest, Runtime_V1_CreateContainerResponse>(
            Method.CreateContainer.descriptor
        ) { request in
            received.note(request)
            var response = Runtime_V1_CreateContainerResponse()
            response.containerID = "c1"
            return response
        }
        var configuration = ContainerConfiguration(
            name: "web", attempt: 3, image: ImageReference("sha256:1", userSpecified: "nginx"), logPath: "web/3.log")
        configuration.command = ["nginx"]
        configuration.arguments = ["-g", "daemon off;"]
        configuration.environment = [EnvironmentVariable(name: "A", value: "ä")]
        configuration.mounts = [
            ContainerMount(containerPath: "/data", hostPath: "/srv", readOnly: true, propagation: .hostToContainer)
        ]
        configuration.resources.hugepageLimits = ["2MB": 4 << 20]
        configuration.securityContext.dropCapabilities = ["ALL"]
        configuration.stopSignal = "SIGRTMIN+3"
        let sandbox = SandboxConfiguration(metadata: metadata, logDirectory: "/var/log/pods/x")

        let id = try await withRuntime(route) { connection in
            try await CRIRuntimeService(connection).createContainer(
                configuration, in: SandboxID("s1"), sandboxConfiguration: sandbox)
        }

        #expect(id == ContainerID("c1"))
        let request = try #require(await received.next())
        #expect(request.podSandboxID == "s1")
        #expect(request.sandboxConfig.metadata.uid == "u1")
        #expect(request.config.image.image == "sha256:1")
        #expect(request.config.image.userSpecifiedImage == "nginx")
        #expect(request.config.envs.first.map { Array($0.value) } == Array("ä".utf8))
        #expect(request.config.mounts.first?.propagation == .propagationHostToContainer)
        #expect(request.config.linux.resources.hugepageLimits.first?.limit == 4 << 20)
        #expect(request.config.linux.securityContext.capabilities.dropCapabilities == ["ALL"])
        #expect(request.config.stopSignal == .sigrtminplus3)
    }

    @Test(arguments: [
        ("SIGABRT", Runtime_V1_Signal.sigabrt), ("SIGKILL", .sigkill), ("SIGTERM", .sigterm), ("SIGXFSZ", .sigxfsz),
        ("SIGRTMIN", .sigrtmin), ("SIGRTMIN+15", .sigrtminplus15), ("SIGRTMAX-14", .sigrtmaxminus14),
        ("SIGRTMAX-1", .sigrtmaxminus1), ("SIGRTMAX", .sigrtmax),
    ])
    func stopSignalsAreFoundByName(_ name: String, _ signal: Runtime_V1_Signal) async throws {
        let received = Received<Runtime_V1_CreateContainerRequest>()
        let route = Unary<Runtime_V1_CreateContainerRequest, Runtime_V1_CreateContainerResponse>(
            Method.CreateContainer.descriptor
        ) { request in
            received.note(request)
            return Runtime_V1_CreateContainerResponse()
        }
        try await withRuntime(route) { connection in try await create(stopSignal: name, connection) }
        #expect(await received.next()?.config.stopSignal == signal)
    }

    @Test func anUnknownStopSignalIsRefused() async throws {
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withConnection(to: "/run/swiftlet-no-such.sock") { connection in
                try await create(stopSignal: "SIGRTMIN+16", connection)
            }
        }
        #expect(error?.code == .invalidArgument)
    }

    private func create(stopSignal: String, _ connection: CRIConnection) async throws {
        var configuration = ContainerConfiguration(
            name: "web", attempt: 0, image: ImageReference("nginx"), logPath: "web/0.log")
        configuration.stopSignal = stopSignal
        _ = try await CRIRuntimeService(connection).createContainer(
            configuration, in: SandboxID("s1"),
            sandboxConfiguration: SandboxConfiguration(metadata: metadata, logDirectory: "/x"))
    }

    @Test func aContainersStatusIsTranslated() async throws {
        let route = Unary<Runtime_V1_ContainerStatusRequest, Runtime_V1_ContainerStatusResponse>(
            Method.ContainerStatus.descriptor
        ) { request in
            var response = Runtime_V1_ContainerStatusResponse()
            response.status.id = request.containerID
            response.status.metadata.name = "web"
            response.status.metadata.attempt = 1
            response.status.state = .containerExited
            response.status.createdAt = 1_000_000_001
            response.status.startedAt = 2_000_000_000
            response.status.exitCode = 137
            response.status.reason = "OOMKilled"
            response.status.image.image = "docker.io/library/nginx:latest"
            response.status.image.userSpecifiedImage = "nginx"
            response.status.imageRef = "docker.io/library/nginx@sha256:1"
            response.status.resources.linux.cpuShares = 512
            response.status.resources.linux.memoryLimitInBytes = 1 << 20
            response.status.user.linux.uid = 1000
            response.status.user.linux.supplementalGroups = [7]
            response.status.stopSignal = .sigrtminplus3
            return response
        }
        let status = try await withRuntime(route) { connection in
            try await CRIRuntimeService(connection).containerStatus(ContainerID("c1"))
        }
        #expect(status.amounts == RuntimeAmounts(cpuShares: 512, memoryLimitBytes: 1 << 20))
        #expect(status.user == RuntimeUser(userID: 1000, groupID: 0, supplementalGroups: [7]))
        #expect(status.stopSignal == "SIGRTMIN+3")
        #expect(status.id == ContainerID("c1"))
        #expect(status.name == "web" && status.attempt == 1)
        #expect(status.state == .exited && status.exitCode == 137 && status.reason == "OOMKilled")
        #expect(status.createdAt == Timestamp(seconds: 1, nanoseconds: 1))
        #expect(status.startedAt == Timestamp(seconds: 2))
        #expect(status.finishedAt == nil)
        #expect(status.image == "nginx" && status.imageRef == "docker.io/library/nginx@sha256:1")
    }

    @Test func aSandboxsStatusHasItsAddressesInOrder() async throws {
        let route = Unary<Runtime_V1_PodSandboxStatusRequest, Runtime_V1_PodSandboxStatusResponse>(
            Method.PodSandboxStatus.descriptor
        ) { request in
            var response = Runtime_V1_PodSandboxStatusResponse()
            response.status.id = request.podSandboxID
            response.status.state = .sandboxReady
            response.status.network.ip = "10.88.0.2"
            response.status.network.additionalIps = [.with { $0.ip = "fd00::2" }]
            response.status.linux.namespaces.options.pid = .container
            return response
        }
        let status = try await withRuntime(route) { connection in
            try await CRIRuntimeService(connection).podSandboxStatus(SandboxID("s1"))
        }
        #expect(status.state == .ready)
        #expect(status.addresses == ["10.88.0.2", "fd00::2"])
        #expect(status.namespaces == NamespaceOptions(network: .pod, pid: .container, ipc: .pod))
    }

    @Test func listsAreFiltered() async throws {
        let received = Received<Runtime_V1_ListContainersRequest>()
        let route = Unary<Runtime_V1_ListContainersRequest, Runtime_V1_ListContainersResponse>(
            Method.ListContainers.descriptor
        ) { request in
            received.note(request)
            var response = Runtime_V1_ListContainersResponse()
            response.containers = [
                .with {
                    $0.id = "c1"
                    $0.podSandboxID = "s1"
                    $0.state = .containerRunning
                }
            ]
            return response
        }
        let containers = try await withRuntime(route) { connection in
            try await CRIRuntimeService(connection).listContainers(
                RuntimeFilter(sandboxID: SandboxID("s1"), labels: ["io.kubernetes.pod.uid": "u1"]))
        }
        #expect(containers.map(\.sandboxID) == [SandboxID("s1")])
        #expect(containers.map(\.state) == [.running])
        let filter = try #require(await received.next()).filter
        #expect(filter.podSandboxID == "s1" && filter.id.isEmpty)
        #expect(filter.labelSelector == ["io.kubernetes.pod.uid": "u1"])
    }

    @Test func aBytesResultKeepsItsBytes() async throws {
        let route = Unary<Runtime_V1_ExecSyncRequest, Runtime_V1_ExecSyncResponse>(Method.ExecSync.descriptor) { _ in
            var response = Runtime_V1_ExecSyncResponse()
            response.stdout.append(contentsOf: [0xff, 0x00, 0x0a])
            response.exitCode = 4
            return response
        }
        let result = try await withRuntime(route) { connection in
            try await CRIRuntimeService(connection).execSync(ContainerID("c1"), command: ["true"], timeout: 1)
        }
        #expect(result == ExecResult(stdout: [0xff, 0x00, 0x0a], stderr: [], exitCode: 4))
    }
}
