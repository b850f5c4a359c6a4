import CRIClient
import CRIProtocol
import ContainerRuntime
import GRPCCore
import NIOPosix
import ServiceLifecycle
import SwiftProtobuf
import Testing

@Suite struct CRIConnectionTests {
    @Test(arguments: ["unix:///run/x.sock", "/run/x.sock"])
    func anEndpointIsASocketsPath(_ text: String) throws {
        let endpoint = try RuntimeEndpoint(text)
        #expect(endpoint.path == "/run/x.sock")
        #expect("\(endpoint)" == "unix:///run/x.sock")
    }

    @Test(arguments: [
        "", "run/x.sock", "tcp://127.0.0.1:1", "npipe:////./pipe/x", "unix://run/x.sock",
        "/" + String(repeating: "x", count: 107),
    ])
    func anythingElseIsNoEndpoint(_ text: String) {
        let error = #expect(throws: ContainerRuntimeError.self) { try RuntimeEndpoint(text) }
        #expect(error?.code == .invalidArgument)
    }

    @Test func aConnectionIsAService() throws {
        let connection = try CRIConnection(
            to: RuntimeEndpoint("/run/x.sock"), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        #expect(connection as any Service is CRIConnection)
    }

    @Test func connectingTellsTheRuntimesVersion() async throws {
        let version = try await withRuntime(.version("1.6.20")) { try await $0.connect(timeout: .seconds(50)) }
        #expect(version == RuntimeVersion(name: "fake", version: "1.6.20", apiVersion: "v1"))
    }

    @Test(arguments: [(Runtime_V1_CgroupDriver.systemd, CgroupDriver.systemd), (.cgroupfs, .cgroupfs)])
    func aRuntimeTellsWhoMakesCgroups(_ told: Runtime_V1_CgroupDriver, _ driver: CgroupDriver) async throws {
        let heard = try await withRuntime(.cgroupDriver(told)) { try await $0.cgroupDriver() }
        #expect(heard == driver)
    }

    @Test func aRuntimeNeedNotTellWhoMakesCgroups() async throws {
        let older = try await withRuntime(.version("1.6.20")) { try await $0.cgroupDriver() }
        #expect(older == nil)
        let silent = try await withRuntime(.cgroupDriver(nil)) { try await $0.cgroupDriver() }
        #expect(silent == nil)
    }

    @Test func aMakerOfCgroupsThatNobodyKnowsIsAnError() async throws {
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withRuntime(.cgroupDriver(.UNRECOGNIZED(7))) { try await $0.cgroupDriver() }
        }
        #expect(error?.message == "get runtime configuration: unknown cgroup driver 7")
    }

    @Test func aSocketThatIsNotThereIsNamedInOneLine() async throws {
        let socket = try SocketPath()
        defer { socket.remove() }
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withConnection(to: socket.path) { try await $0.connect(timeout: .milliseconds(100)) }
        }
        #expect(
            error?.message
                == "connect to container runtime at unix://\(socket.path): no such file or directory")
    }

    @Test func aConnectionMendsWhenTheRuntimeIsBack() async throws {
        let socket = try SocketPath()
        defer { socket.remove() }
        try await withConnection(to: socket.path) { connection in
            let runtime = CRIRuntimeService(connection)
            for generation in ["1", "2", "3"] {
                try await FakeRuntime(.version(generation)).serving(at: socket.path) {
                    let connected = try await connection.connect(timeout: .seconds(50))
                    #expect(connected.version == generation)
                    let asked = try await runtime.version()
                    #expect(asked.version == generation)
                }
            }
        }
    }

    @Test func healthIsKnownAtOnceWhileTheRuntimeIsAway() async throws {
        let socket = try SocketPath()
        defer { socket.remove() }
        let error = await #expect(throws: ContainerRuntimeError.self) {
            try await withConnection(to: socket.path, requestTimeout: .seconds(600)) {
                try await CRIRuntimeService($0).status()
            }
        }
        #expect(error?.code == .unavailable)
    }

    @Test func aLargeAnswerIsRead() async throws {
        let route = Unary<Runtime_V1_ListImagesRequest, Runtime_V1_ListImagesResponse>(
            Runtime_V1_ImageService.Method.ListImages.descriptor
        ) { _ in
            var response = Runtime_V1_ListImagesResponse()
            response.images = [.with { $0.repoTags = [String(repeating: "x", count: 5 << 20)] }]
            return response
        }
        let images = try await withRuntime(route) { try await CRIImageService($0).listImages() }
        #expect(images.first?.repoTags.first?.utf8.count == 5 << 20)
    }
}
