import ClusterPKI
import Glibc
import HTTPServing
import HostSystem
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import StructuredData
import Synchronization
import Testing

@testable import APIServer

/// The way from a client through the API server to a kubelet, which here is a TLS server that echoes what it is asked.
@Suite(.timeLimit(.minutes(3))) struct ProxyTests {
    private static let pod = "/api/v1/namespaces/default/pods/web"

    @Test func theNodeProxyPassesOnPathQueryAndBodyAsTheServerItself() async throws {
        try await withKubelet { ask in
            let answer = try await ask("GET", "/api/v1/nodes/n1/proxy/logs/a%20b?x=1&y=%2F", "")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.contains("kube-apiserver-kubelet-client GET /logs/a%20b?x=1&y=%2F"))
            let scheme = try await ask("GET", "/api/v1/nodes/https:n1:/proxy/configz", "")
            #expect(scheme.contains("GET /configz"))
            #expect(try await ask("GET", "/api/v1/nodes/n2/proxy/configz", "").hasPrefix("HTTP/1.1 404"))
            #expect(try await ask("GET", "/api/v1/nodes/ftp:n1:x/proxy/configz", "").hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test func logsComeFromTheContainerThatIsMeant() async throws {
        try await withKubelet { ask in
            let plain = try await ask("GET", Self.pod + "/log?follow=true&tailLines=5&pretty=true", "")
            #expect(plain.contains("GET /containerLogs/default/web/main?follow=true&tailLines=5\n"))
            let unknown = try await ask("GET", Self.pod + "/log?container=none", "")
            #expect(unknown.contains("container none is not valid for pod web"))
            let refused = try await ask("GET", Self.pod + "/log?previous=true", "")
            #expect(refused.hasPrefix("HTTP/1.1 400"))
            #expect(refused.contains(#""message":"previous terminated container not found","reason":"BadRequest""#))
        }
    }

    @Test func anUpgradeReachesTheKubelet() async throws {
        try await withKubelet { ask in
            let upgrade = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            let uri =
                Self.pod + "/exec?command=ls&command=-l&stdin=true&stdout=true&stderr=false&tty=true&container=main"
            let answer = try await ask("POST", uri, upgrade)
            #expect(answer.hasPrefix("HTTP/1.1 101"))
            #expect(answer.hasSuffix("POST /exec/default/web/main?command=ls&command=-l&input=1&output=1&tty=1\n"))
            let forwarded = try await ask("POST", Self.pod + "/portforward", upgrade)
            #expect(forwarded.hasSuffix("POST /portForward/default/web\n"))
        }
    }

    @Test func whatIsNoSPDYUpgradeIsRefusedSoThatClientsFallBack() async throws {
        try await withKubelet { ask in
            let webSocket = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            let refused = try await ask("GET", Self.pod + "/exec?command=ls", webSocket)
            #expect(refused.hasPrefix("HTTP/1.1 400"))
            let plain = try await ask("POST", Self.pod + "/exec?command=ls", "")
            #expect(plain.contains("Upgrade request required"))
        }
    }

    @Test func aKubeletOfAForeignAuthorityIsNotBelieved() async throws {
        try await withKubelet(trusting: "other") { ask in
            let answer = try await ask("GET", "/api/v1/nodes/n1/proxy/configz", "")
            #expect(answer.hasPrefix("HTTP/1.1 503"))
        }
    }

    // MARK: - Both servers

    private typealias Ask = @Sendable (_ method: String, _ uri: String, _ headers: String) async throws -> String

    private func withKubelet(trusting authority: String = "ca", _ body: @Sendable (Ask) async throws -> Void)
        async throws
    {
        var template = Array("/tmp/api-server-test.XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { try? HostFiles.removeTree(directory) }
        let now = Int64(time(nil))
        let ca = try CertificateAuthority.loadOrCreate(in: directory, now: now)
        let trusted = try CertificateAuthority.loadOrCreate(in: directory, name: authority, now: now)
        let serving = KeyPairFiles(directory: directory, name: "kubelet")
        try ca.ensure(
            .server(commonName: "n1", dnsNames: ["n1"], ipAddresses: ["127.0.0.1"]), in: serving, now: now)
        let client = KeyPairFiles(directory: directory, name: "client")
        try ca.ensure(.apiServerKubeletClient, in: client, now: now)
        let tls = try ServerTLS(
            certificateFile: serving.certificate, privateKeyFile: serving.privateKey, clientCAFile: ca.certificateFile)
        try await withServer(tls: tls, Self.kubelet) { kubeletPort in
            let api = try await TestAPI.start(
                kubeletTLS: try ClientTLS.context(
                    serverCAFile: trusted.certificateFile, certificateFile: client.certificate,
                    privateKeyFile: client.privateKey))
            try await api.createNode("n1", kubeletPort: kubeletPort)
            try await api.createPod("web", node: "n1")
            try await withServer(tls: nil) { request in
                var request = request
                request.peer = TestAPI.admin
                return try await api.router.respond(to: request)
            } _: { port in
                try await body { method, uri, headers in
                    let ending = headers.isEmpty ? "Connection: close\r\n\r\n" : "\(headers)\r\nfirst bytes"
                    let text = "\(method) \(uri) HTTP/1.1\r\nHost: a\r\n\(ending)"
                    return try await exchange(text, port: port)
                }
            }
        }
    }

    private static let kubelet: HTTPHandler = { request in
        let user = request.peer.verifiedCertificate?.commonName ?? "nobody"
        let line = "\(request.method) \(request.rawURI)\n"
        if request.wantsUpgrade {
            return .upgrade(headers: ["Connection": "Upgrade", "Upgrade": "SPDY/3.1"], takeover: Farewell(text: line))
        }
        if request.query["previous"] == "true" {
            return .text(.badRequest, "previous terminated container not found\n")
        }
        return .text(.ok, "\(user) \(line)")
    }

    private func withServer(
        tls: ServerTLS?, _ handler: @escaping HTTPHandler, _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), tls: tls,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"),
            onBound: { continuation.yield($0) }, handler: handler)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await server.run()
            }
            for await port in ports.prefix(1) { try await body(port) }
            group.cancelAll()
        }
    }
}

/// Sends a request and gathers everything until the server closes the connection.
private func exchange(_ request: String, port: Int) async throws -> String {
    let collected = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: String.self)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Collector(promise: collected))
            }
        }
        .connect(host: "127.0.0.1", port: port).get()
    try await channel.writeAndFlush(ByteBuffer(string: request))
    return try await collected.futureResult.get()
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<String>
    private var text = ""

    init(promise: EventLoopPromise<String>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(text) }
}

/// Takes a connection over to say one thing, once the client has said something, and close it.
private struct Farewell: ConnectionTakeover {
    let text: String

    func takeOver(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(FarewellHandler(text: text))
    }

    func abandon() {}
}

private final class FarewellHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let text: String

    init(text: String) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        context.close(promise: nil)
    }
}
