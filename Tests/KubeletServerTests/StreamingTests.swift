import ContainerRuntime
import HTTPServing
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing

@testable import KubeletServer

/// Stands for containerd's streaming server: tells what it was asked, and then echoes.
private struct StreamingBackend: ConnectionTakeover {
    let greeting: String

    func takeOver(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(EchoHandler())
        // The server's own handlers leave the pipeline only after this call.
        channel.eventLoop.execute { channel.writeAndFlush(ByteBuffer(string: greeting), promise: nil) }
    }

    func abandon() {}
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil)
    }
}

private func withStreamingBackend(_ pod: RunningPod, _ body: @escaping @Sendable () async throws -> Void) async throws {
    let (ports, bound) = AsyncStream<Int>.makeStream()
    let server = HTTPServer(
        address: ListenAddress(host: "127.0.0.1", port: 0), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: testHost.logger, onBound: { bound.yield($0) }
    ) { request in
        let token = request.headers.first(name: "upgrade") ?? ""
        return .upgrade(
            headers: ["Connection": "Upgrade", "Upgrade": token, "X-Stream-Protocol-Version": "v4.channel.k8s.io"],
            takeover: StreamingBackend(greeting: "\(request.method) \(request.rawURI)\n"))
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { bound.finish() }
            try await server.run()
        }
        for await port in ports {
            pod.runtime.update { $0.streamingURL = "http://127.0.0.1:\(port)" }
            try await body()
            group.cancelAll()
        }
        try await group.waitForAll()
    }
}

@Suite(.timeLimit(.minutes(3))) struct StreamingTests {
    @Test(arguments: [
        ("POST", "/exec/default/web/app?command=cat&command=-&input=1&output=1&error=1", "SPDY/3.1", "POST /exec/"),
        ("GET", "/exec/default/web/uid-1/app?command=cat&output=1", "websocket", "GET /exec/"),
        ("POST", "/attach/default/web/app?input=1&output=1", "SPDY/3.1", "POST /attach/"),
        ("POST", "/portForward/default/web", "SPDY/3.1", "POST /portforward/"),
        ("GET", "/portForward/default/web/uid-1?port=80,443", "websocket", "GET /portforward/"),
    ])
    func anUpgradedConnectionGoesThroughToTheRuntime(
        method: String, uri: String, token: String, greeting: String
    ) async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withStreamingBackend(pod) {
            try await withKubeletServer(pod, authority: authority) { ports in
                let tls = try authority.clientTLS(as: "kube-apiserver")
                try await RawClient.connected(to: ports[.secure], tls: tls) { client in
                    try await client.send(
                        "\(method) \(uri) HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: \(token)\r\n\r\n")
                    let head = try await client.read(until: "\r\n\r\n").lowercased()
                    #expect(head.hasPrefix("http/1.1 101 "))
                    #expect(head.contains("upgrade: \(token.lowercased())\r\n"))
                    #expect(head.contains("x-stream-protocol-version: v4.channel.k8s.io\r\n"))
                    #expect(try await client.read(until: "\n").hasPrefix(greeting))
                    try await client.send("to and fro")
                    #expect(try await client.read(until: "fro") == "to and fro")
                }
            }
        }
    }

    @Test func theRuntimeIsToldWhatTheClientWants() async throws {
        let (pod, authority) = (try await RunningPod(tty: true), try TestAuthority())
        try await withStreamingBackend(pod) {
            try await withKubeletServer(pod, authority: authority) { ports in
                let tls = try authority.clientTLS(as: "kube-apiserver")
                for uri in [
                    "/exec/default/web/app?command=sh&command=-c&command=a%20b&input=1&output=1&error=1&tty=1",
                    "/attach/default/web/app?output=1&error=1",
                ] {
                    try await RawClient.connected(to: ports[.secure], tls: tls) { client in
                        try await client.send(
                            "POST \(uri) HTTP/1.1\r\nHost: n\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n")
                        _ = try await client.read(until: "\r\n\r\n")
                    }
                }
            }
        }
        #expect(
            pod.runtime.state.execRequests == [
                ExecRequest(
                    container: pod.containerID, command: ["sh", "-c", "a b"], tty: true, stdin: true, stdout: true,
                    stderr: false)
            ])
        #expect(
            pod.runtime.state.attachRequests == [
                AttachRequest(container: pod.containerID, tty: true, stdin: false, stdout: true, stderr: false)
            ])
    }

    @Test(arguments: [
        ("/exec/default/web/app?command=id&output=1", "", 400, "Upgrade request required"),
        ("/exec/default/web/app?command=id", "SPDY/3.1", 400, "you must specify at least 1 of stdin, stdout, stderr"),
        ("/exec/default/other/app?output=1", "SPDY/3.1", 404, "pod does not exist"),
        ("/exec/default/web/other/app?output=1", "SPDY/3.1", 404, "pod not found"),
        ("/exec/default/web/side?output=1", "SPDY/3.1", 500, "container not found (\"side\")"),
        ("/portForward/default/web", "", 400, "Upgrade request required"),
        ("/portForward/default/web?port=0", "SPDY/3.1", 400, "unable to parse \"0\" as a port"),
    ])
    func whatCannotBeStreamedIsSaid(uri: String, token: String, status: Int, message: String) async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(pod, authority: authority) { ports in
            let tls = try authority.clientTLS(as: "kube-apiserver")
            let answer = try await RawClient.connected(to: ports[.secure], tls: tls) { client in
                let upgrade = token.isEmpty ? "" : "Connection: Upgrade\r\nUpgrade: \(token)\r\n"
                try await client.send("POST \(uri) HTTP/1.1\r\nHost: n\r\n\(upgrade)Content-Length: 0\r\n\r\n")
                let head = try await client.read(until: "\r\n\r\n")
                return head + (try await client.read(until: message))
            }
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:41/exec/t", "127.0.0.1", 41, "/exec/t"), ("http://[::1]:8/x?y=z", "::1", 8, "/x?y=z"),
        ("http://host", "host", 80, "/"),
    ])
    func theRuntimesAddressIsRead(text: String, host: String, port: Int, uri: String) throws {
        let url = try #require(StreamingURL(text))
        #expect(url.host == host && url.port == port && url.uri == uri)
    }

    @Test(arguments: ["https://127.0.0.1:1/x", "/exec/t", "http://:1/", "http://h:x/", "http://[::1/", "http://h:0/"])
    func anAddressThatIsNoneIsRefused(text: String) {
        #expect(StreamingURL(text) == nil)
    }
}
