import ClusterPKI
import HTTPServing
import NIOHTTP1
import NIOSSL
import Testing

@Suite(.timeLimit(.minutes(3))) struct ReverseProxyTests {
    private static let upgrade = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"

    /// A backend that echoes upgraded connections, streams, and refuses.
    private static let backend: HTTPHandler = { request in
        switch request.path {
        case "/echo" where request.wantsUpgrade:
            .upgrade(
                headers: ["connection": "Upgrade", "upgrade": "SPDY/3.1", "x-user": user(request)],
                takeover: EchoTakeover())
        case "/stream":
            .streaming(status: .ok, headers: ["x-user": user(request)]) { writer in
                for line in ["one", "two", "three"] { try await writer.write(line + "\n") }
            }
        case "/body":
            .full(status: .created, headers: [:], body: try await request.body.collect(upTo: 1 << 20))
        default:
            .text(.forbidden, "not \(request.rawURI)")
        }
    }

    private static func user(_ request: HTTPServerRequest) -> String {
        request.peer.verifiedCertificate?.commonName ?? "nobody"
    }

    /// A client's TLS server in front of a backend with client certificates.
    private func throughProxy(
        isTLS: Bool = true, _ body: @escaping @Sendable (TestClient) async throws -> Void
    ) async throws {
        let authority = try TestAuthority()
        let frontTLS = try authority.serverTLS()
        let clientTLS = try authority.clientTLS(.admin)
        let proxyTLS = try authority.clientTLS(.apiServerKubeletClient)
        try await withServer(tls: isTLS ? frontTLS : nil, handler: Self.backend) { backendPort in
            let target = ProxyTarget(
                endpoint: .tcp(host: "127.0.0.1", port: backendPort), tls: isTLS ? proxyTLS : nil)
            try await withServer(tls: isTLS ? frontTLS : nil) { request in
                if request.path == "/direct" { return .text(.ok, "direct") }
                return try await ReverseProxy.response(
                    for: request, to: target, uri: request.rawURI, headers: ReverseProxy.forwardedHeaders(request))
            } _: { port in
                try await TestClient.connected(to: port, tls: isTLS ? clientTLS : nil) { try await body($0) }
            }
        }
    }

    @Test(arguments: [true, false])
    func laterRequestOfAConnectionIsUpgradedAndLosesNoEarlyBytes(isTLS: Bool) async throws {
        try await throughProxy(isTLS: isTLS) { client in
            #expect(try await client.get("/direct").body == "direct")
            try await client.send("POST /echo?x=1 HTTP/1.1\r\nHost: a\r\n\(Self.upgrade)\r\nearly")
            let head = try await client.read(until: "\r\n\r\n")
            #expect(head.hasPrefix("HTTP/1.1 101"))
            #expect(head.contains(isTLS ? "x-user: kube-apiserver-kubelet-client" : "x-user: nobody"))
            #expect(try await client.read(count: 5) == Array("early".utf8))
            try await client.send("late")
            #expect(try await client.read(count: 4) == Array("late".utf8))
        }
    }

    @Test(arguments: [true, false])
    func muchPassesThroughTheTunnelBothWays(isTLS: Bool) async throws {
        try await throughProxy(isTLS: isTLS) { client in
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\n\(Self.upgrade)\r\n")
            _ = try await client.read(until: "\r\n\r\n")
            let chunk = [UInt8](0...255) + [UInt8](repeating: 7, count: 65_280)
            for _ in 0..<64 {
                try await client.send(chunk)
                #expect(try await client.read(count: chunk.count) == chunk)
            }
        }
    }

    @Test(arguments: [true, false])
    func halfCloseReachesTheBackendAndItsLastWordTheClient(isTLS: Bool) async throws {
        try await throughProxy(isTLS: isTLS) { client in
            try await client.send("POST /echo HTTP/1.1\r\nHost: a\r\n\(Self.upgrade)\r\n")
            _ = try await client.read(until: "\r\n\r\n")
            try await client.send("word")
            #expect(try await client.read(count: 4) == Array("word".utf8))
            client.closeOutput()
            #expect(try await client.readToEnd() == "bye")
        }
    }

    @Test func refusedUpgradeIsAnOrdinaryResponse() async throws {
        try await throughProxy { client in
            try await client.send("POST /no?a=b HTTP/1.1\r\nHost: a\r\n\(Self.upgrade)\r\n")
            let response = try await client.response()
            #expect(response.head.hasPrefix("http/1.1 403"))
            #expect(response.body == "not /no?a=b")
        }
    }

    @Test func ordinaryRequestsAndStreamsPass() async throws {
        try await throughProxy { client in
            try await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            let stream = try await client.read(until: "\r\n0\r\n\r\n")
            #expect(stream.contains("x-user: kube-apiserver-kubelet-client"))
            #expect(stream.contains("one\n"))
            #expect(stream.contains("three\n"))
            try await client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
            let response = try await client.response()
            #expect(response.head.hasPrefix("http/1.1 201"))
            #expect(response.body == "body")
            try await client.send("HEAD /other HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 403"))
            #expect(try await client.get("/direct").body == "direct")
        }
    }

    @Test func absentBackendIsABadGateway() async throws {
        try await withServer { request in
            let target = ProxyTarget(endpoint: .unixSocket(path: "/nonexistent"))
            return try await ReverseProxy.response(for: request, to: target, uri: "/", headers: [:])
        } _: { port in
            try await TestClient.connected(to: port) { client in
                let response = try await client.get("/")
                #expect(response.head.hasPrefix("http/1.1 502"))
                #expect(response.body.hasPrefix("cannot connect to /nonexistent"))
            }
        }
    }

    @Test func departingClientEndsTheBackendsRequest() async throws {
        let (begun, ended) = (Signal(), Signal())
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { writer in
                defer { ended.fire() }
                try await writer.write("begun")
                begun.fire()
                for await _ in AsyncStream<Void>.makeStream().stream {}
                throw CancellationError()
            }
        } _: { backendPort in
            try await withServer { request in
                let target = ProxyTarget(endpoint: .tcp(host: "127.0.0.1", port: backendPort))
                return try await ReverseProxy.response(for: request, to: target, uri: "/", headers: [:])
            } _: { port in
                try await TestClient.connected(to: port) { client in
                    try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try await client.read(until: "begun")
                    await begun.wait()
                }
                await ended.wait()
            }
        }
    }
}
