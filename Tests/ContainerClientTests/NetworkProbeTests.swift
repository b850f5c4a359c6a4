import CRIProtocol
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Kubelet
import KubernetesAPI
import NIOPosix
import PodLifecycle
import TestSupport
import Testing

@testable import ContainerClient

@Suite(.timeLimit(.minutes(1)))
struct NetworkProbeTests {
    private let group = MultiThreadedEventLoopGroup.singleton
    /// Nobody listens there, and no other test will.
    private static let unusedPort: Int32 = 1

    private func probes<Result: Sendable>(_ body: (NetworkProbes) async throws -> Result) async throws -> Result {
        try await NetworkProbes.with(group: group, agent: "kube-probe/1.36", body)
    }

    private func request(_ server: RawHTTPServer, _ path: String = "/healthz") -> HTTPGetRequest {
        HTTPGetRequest(isHTTPS: false, host: "127.0.0.1", port: Int32(server.port), target: path, headers: [])
    }

    // MARK: HTTP

    @Test(arguments: [
        ("200 OK", ProbeOutcome(.success)), ("204 No Content", ProbeOutcome(.success)),
        ("399 Odd", ProbeOutcome(.warning, "Probe terminated redirects, Response body: ")),
        ("404 Not Found", ProbeOutcome(.failure, "HTTP probe failed with statuscode: 404")),
        ("500 Oh", ProbeOutcome(.failure, "HTTP probe failed with statuscode: 500")),
    ])
    func theStatusDecides(_ status: String, _ expected: ProbeOutcome) async throws {
        try await RawHTTPServer.run { server in
            server.answer = "HTTP/1.1 \(status)\r\nConnection: close\r\n\r\n"
            let outcome = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
            #expect(outcome == expected)
        }
    }

    @Test func theRequestCarriesTheHeadersOfTheProbe() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok("fine")
            var request = request(server, "/healthz?full")
            request.headers = [("Host", "example"), ("X-Key", "1")].map(HTTPHeader.init)
            let asked = request
            _ = try await probes { await $0.get(asked, timeout: .seconds(10)) }
            let lines = try #require(server.requests.first).split(separator: "\r\n").map(String.init)
            #expect(lines.first == "GET /healthz?full HTTP/1.1")
            #expect(Set(lines).isSuperset(of: ["Host: example", "X-Key: 1", "User-Agent: kube-probe/1.36"]))
            #expect(lines.count { $0.lowercased().hasPrefix("host:") } == 1)
        }
    }

    @Test func redirectsAreFollowedToTheSameHostOnly() async throws {
        try await RawHTTPServer.run { target in
            target.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            try await RawHTTPServer.run { server in
                server.answer = RawHTTPServer.redirect(to: "http://127.0.0.1:\(target.port)/real")
                let same = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
                #expect(same == ProbeOutcome(.failure, "HTTP probe failed with statuscode: 503"))
                #expect(target.requests.first?.hasPrefix("GET /real ") == true)

                server.answer = RawHTTPServer.redirect(to: "http://localhost:\(target.port)/real")
                let other = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
                #expect(other.result == .warning)
                #expect(target.requests.count == 1)

                server.answer = RawHTTPServer.redirect(to: "/again")
                let endless = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
                #expect(endless.result == .failure)
                #expect(endless.message.hasSuffix("stopped after 10 redirects"))
            }
        }
    }

    @Test func aHookFollowsRedirectsToo() async throws {
        try await RawHTTPServer.run { target in
            target.answer = RawHTTPServer.ok("done")
            try await RawHTTPServer.run { server in
                server.answer = RawHTTPServer.redirect(to: "http://127.0.0.1:\(target.port)/real")
                _ = try await HTTPHookRequests(group: group, agent: "kube-lifecycle/1.36").send(request(server))
                #expect(target.requests.first?.contains("User-Agent: kube-lifecycle/1.36") == true)
            }
        }
    }

    @Test func anAnswerThatTakesTooLongIsAFailure() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.stall
            let outcome = try await probes { await $0.get(request(server), timeout: .milliseconds(100)) }
            let words = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            #expect(outcome == ProbeOutcome(.failure, "Get \"\(request(server).url)\": \(words)"))
        }
    }

    @Test(arguments: ["200 OK", "500 Oh"])
    func anAnswerThatStopsInTheMiddleSaysNothing(_ status: String) async throws {
        try await RawHTTPServer.run { server in
            server.answer = "HTTP/1.1 \(status)\r\nContent-Length: 10\r\n\r\nfine" + RawHTTPServer.stall
            let stalled = try await probes { await $0.get(request(server), timeout: .milliseconds(500)) }
            #expect(stalled.result == .unknown)
            server.answer = "HTTP/1.1 \(status)\r\nContent-Length: 10\r\n\r\nfine"
            let cut = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
            #expect(cut.result == .unknown)
        }
    }

    @Test func noMoreOfAnAnswerIsReadThanMatters() async throws {
        try await RawHTTPServer.run { server in
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
            server.answer = head + String(repeating: "a", count: 20_000) + RawHTTPServer.stall
            let outcome = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
            #expect(outcome == ProbeOutcome(.success))
        }
    }

    @Test func aServerThatSaysNothingHasEnded() async throws {
        try await RawHTTPServer.run { server in
            server.answer = ""
            let outcome = try await probes { await $0.get(request(server), timeout: .seconds(10)) }
            #expect(outcome == ProbeOutcome(.failure, "Get \"\(request(server).url)\": EOF"))
        }
    }

    /// - Parameter words: upstream's, for a host where nobody listens or that nobody knows.
    @Test(arguments: [
        ("127.0.0.1", "dial tcp 127.0.0.1:1: connect: connection refused"),
        ("::1", "dial tcp [::1]:1: connect: "),
        ("no-such-host.invalid", "dial tcp: lookup no-such-host.invalid: no such host"),
    ])
    func whyThereIsNoConnectionIsSaidAsUpstreamDoes(_ host: String, _ words: String) async throws {
        let get = HTTPGetRequest(isHTTPS: false, host: host, port: Self.unusedPort, target: "/", headers: [])
        let (got, connected) = try await probes { probes in
            await (
                probes.get(get, timeout: .seconds(10)),
                probes.connect(to: host, port: Self.unusedPort, timeout: .seconds(10))
            )
        }
        #expect(got.result == .failure && connected.result == .failure)
        #expect(got.message.hasPrefix("Get \"\(get.url)\": \(words)"), "\(got)")
        #expect(connected.message.hasPrefix(words), "\(connected)")
    }

    // MARK: TCP

    @Test func aConnectionThatIsAcceptedIsASuccess() async throws {
        try await RawHTTPServer.run { server in
            let outcome = try await probes {
                await $0.connect(to: "127.0.0.1", port: Int32(server.port), timeout: .seconds(10))
            }
            #expect(outcome == ProbeOutcome(.success))
        }
        let refused = try await probes {
            await $0.connect(to: "127.0.0.1", port: Self.unusedPort, timeout: .seconds(10))
        }
        #expect(
            refused == ProbeOutcome(.failure, "dial tcp 127.0.0.1:\(Self.unusedPort): connect: connection refused"))
    }

    // MARK: gRPC

    @Test(arguments: [
        ("", ProbeOutcome(.success)),
        ("db", ProbeOutcome(.failure, "service unhealthy (responded with \"NOT_SERVING\")")),
        ("slow", ProbeOutcome(.failure, "timeout: health rpc did not complete within 10s")),
        (
            "none",
            ProbeOutcome(
                .failure,
                "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no")
        ),
        (
            "secret",
            ProbeOutcome(.failure, "error: health rpc probe failed: rpc error: code = PermissionDenied desc = who?")
        ),
    ])
    func aServiceTellsHowItIs(_ service: String, _ expected: ProbeOutcome) async throws {
        try await serving { port in
            let timeout = Duration.seconds(service == "slow" ? 10 : 60)
            let outcome = try await probes {
                await $0.checkHealth(of: service, at: "127.0.0.1", port: port, timeout: timeout)
            }
            #expect(outcome == expected)
        }
    }

    @Test func aServerThatIsNotThereIsUnhealthy() async throws {
        let outcome = try await probes {
            await $0.checkHealth(of: "", at: "127.0.0.1", port: Self.unusedPort, timeout: .seconds(60))
        }
        let refused = "dial tcp 127.0.0.1:\(Self.unusedPort): connect: connection refused"
        #expect(
            outcome
                == ProbeOutcome(
                    .failure, "error: failed to connect service at \"127.0.0.1:\(Self.unusedPort)\": \(refused)"))
    }

    @Test func aServerThatDoesNotGreetIsNotConnected() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.stall
            let outcome = try await probes {
                await $0.checkHealth(of: "", at: "127.0.0.1", port: Int32(server.port), timeout: .seconds(1))
            }
            #expect(
                outcome
                    == ProbeOutcome(
                        .failure,
                        "timeout: failed to connect service \"127.0.0.1:\(server.port)\" within 1s: "
                            + "context deadline exceeded"))
        }
    }

    /// Runs a server whose health is as its services are called.
    private func serving(_ body: (Int32) async throws -> Void) async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
            services: [HealthService()])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.serve() }
            let address = try await server.listeningAddress
            try await body(Int32(try #require(address?.ipv4?.port)))
            server.beginGracefulShutdown()
        }
    }
}

private struct HealthService: RegistrableRPCService {
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Grpc_Health_V1_Health.Method.Check.descriptor,
            deserializer: ProtobufDeserializer<Grpc_Health_V1_HealthCheckRequest>(),
            serializer: ProtobufSerializer<Grpc_Health_V1_HealthCheckResponse>()
        ) { stream, _ in
            let request = try await ServerRequest(stream: stream)
            var answer = Grpc_Health_V1_HealthCheckResponse()
            switch request.message.service {
            case "": answer.status = .serving
            case "slow": try await Task.sleep(for: .seconds(30))
            case "secret": throw RPCError(code: .permissionDenied, message: "who?")
            case "none": throw RPCError(code: .unimplemented, message: "no")
            default: answer.status = .notServing
            }
            return StreamingServerResponse(single: ServerResponse(message: answer))
        }
    }
}

extension HTTPHeader {
    fileprivate init(_ name: String, _ value: String) {
        self.init()
        self.name = name
        self.value = value
    }
}
