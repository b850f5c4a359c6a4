import HTTPServing
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct HTTPServerTests {
    @Test func requestIsTakenApart() async throws {
        try await withServer { request in
            .text(
                .ok,
                "\(request.method) \(request.path) \(request.pathSegments) \(request.query["b"] ?? "") "
                    + "\(request.query.values("a")) \(request.peer.remoteAddress)")
        } _: { port in
            try await TestClient.connected(to: port) { client in
                let response = try await client.get("/x%20y/p%2Fq?a=1&b=%26+c&a=2")
                #expect(response.head.hasPrefix("http/1.1 200 ok"))
                #expect(response.body == "GET /x y/p/q [\"x y\", \"p/q\"] & c [\"1\", \"2\"] 127.0.0.1")
            }
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        let running = Atomic(0)
        try await withServer { request in
            #expect(running.add(1, ordering: .relaxed).newValue == 1)
            let body = try await request.body.collect(upTo: 100)
            running.subtract(1, ordering: .relaxed)
            return .text(.ok, request.path + String(decoding: body, as: UTF8.self))
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send(
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                        + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n")
                for expected in ["/1", "/2abc", "/3", "/4"] {
                    #expect(try await client.response().body == expected)
                }
            }
        }
    }

    @Test func bodiesOfBothFramingsArrive() async throws {
        try await withServer { request in
            .text(.ok, String(decoding: try await request.body.collect(upTo: 100), as: UTF8.self))
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
                try await client.send("lo")
                #expect(try await client.response().body == "hello")
                try await client.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                #expect(try await client.response().body == "abcde")
            }
        }
    }

    @Test func tooLargeBodyIsAnswered413() async throws {
        try await withServer { request in
            .full(status: .ok, headers: [:], body: try await request.body.collect(upTo: 1_000))
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
                try await client.send([UInt8](repeating: 65, count: 200_000))
                #expect(try await client.response().head.hasPrefix("http/1.1 413"))
                // What was left of the body is skipped, and the connection goes on.
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
                #expect(try await client.response().body == "ok")
            }
        }
    }

    @Test func bigBodyComesThroughWithBackpressure() async throws {
        try await withServer { request in
            var count = 0
            while let chunk = try await request.body.next() { count += chunk.count }
            return .text(.ok, "\(count)")
        } _: { port in
            try await TestClient.connected(to: port) { client in
                let size = 8 << 20
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
                try await client.send([UInt8](repeating: 65, count: size))
                #expect(try await client.response().body == "\(size)")
            }
        }
    }

    @Test func continueIsSentWhenTheBodyIsWanted() async throws {
        try await withServer { request in
            guard request.path == "/take" else { return .text(.forbidden, "no") }
            return .text(.ok, String(decoding: try await request.body.collect(upTo: 100), as: UTF8.self))
        } _: { port in
            let head = "HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
            try await TestClient.connected(to: port) { client in
                try await client.send("POST /take \(head)")
                #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.send("hi")
                #expect(try await client.response().body == "hi")
                try await client.send("POST /refuse \(head)")
                #expect(try await client.response().head.contains("connection: close"))
                #expect(try await client.readToEnd().isEmpty)
            }
        }
    }

    @Test func headGetsNoBody() async throws {
        try await withServer { request in
            if request.path == "/stream" { return .streaming(status: .ok, headers: [:]) { try await $0.write("x") } }
            return .text(.ok, "hello")
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.read(until: "\r\n\r\n").lowercased().contains("content-length: 5"))
                #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
                #expect(try await client.get("/").body == "hello")
            }
        }
    }

    @Test func oldClientsGetTheirEndByClosing() async throws {
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { try await $0.write("hello") }
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("GET / HTTP/1.0\r\n\r\n")
                let response = try await client.readToEnd()
                #expect(response.hasSuffix("\r\n\r\nhello"))
                #expect(!response.lowercased().contains("chunked"))
            }
        }
    }

    @Test(arguments: [true, false])
    func bigLastResponseIsSentToItsEnd(isTLS: Bool) async throws {
        let authority = try TestAuthority()
        let size = 24 << 20
        try await withServer(tls: isTLS ? try authority.serverTLS() : nil) { _ in
            .full(status: .ok, headers: [:], body: [UInt8](repeating: 65, count: size))
        } _: { port in
            try await TestClient.connected(to: port, tls: isTLS ? try authority.clientTLS(nil) : nil) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                let head = try await client.read(until: "\r\n\r\n")
                #expect(head.lowercased().contains("content-length: \(size)"))
                let body = try await client.read(count: size)
                #expect(body.count == size)
            }
        }
    }

    @Test func errorOfAHandlerIs500() async throws {
        struct Failure: Error {}
        try await withServer { _ in
            throw Failure()
        } _: { port in
            try await TestClient.connected(to: port) { client in
                for _ in 0..<2 {
                    let response = try await client.get("/")
                    #expect(response.head.hasPrefix("http/1.1 500"))
                }
            }
        }
    }

    @Test(arguments: [
        ("GET /%zz HTTP/1.1\r\nHost: a", 0, "400"),
        ("NONSENSE", 0, "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked", 0, "400"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5", 0, "400"),
        ("GET /", 20_000, "414"),
        ("GET / HTTP/1.1\r\nX: ", 300_000, "431"),
    ])
    func badRequestsAreRefused(start: String, padding: Int, status: String) async throws {
        try await withServer { _ in
            .text(.ok, "")
        } _: { port in
            try await TestClient.connected(to: port) { client in
                let end = padding > 0 && start.hasSuffix("/") ? " HTTP/1.1\r\nHost: a\r\n\r\n" : "\r\n\r\n"
                try await client.send(start + String(repeating: "a", count: padding) + end)
                #expect(try await client.response().head.hasPrefix("http/1.1 \(status)"))
            }
        }
    }

    @Test func connectionThatSendsNothingIsClosed() async throws {
        var limits = HTTPServerLimits()
        limits.headSeconds = 1
        try await withServer(limits: limits) { _ in
            .text(.ok, "")
        } _: { port in
            try await TestClient.connected(to: port) { client in
                // On a busy machine the second is over before anything is sent, and the end shows as a reset.
                try? await client.send("GET / HT")
                let answer = try? await client.readToEnd()
                #expect(answer?.isEmpty ?? true)
            }
        }
    }

    @Test func connectionsBeyondTheLimitAreClosed() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 1
        try await withServer(limits: limits) { _ in
            .text(.ok, "ok")
        } _: { port in
            try await TestClient.connected(to: port) { first in
                #expect(try await first.get("/").body == "ok")
                try await TestClient.connected(to: port) { second in
                    _ = await #expect(throws: (any Error).self) { try await second.get("/") }
                }
                #expect(try await first.get("/").body == "ok")
            }
        }
    }

    @Test func portInUseIsSaidInOneLine() async throws {
        try await withServer { _ in
            .text(.ok, "")
        } _: { port in
            let second = HTTPServer(
                address: ListenAddress(host: "127.0.0.1", port: port),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger(),
                handler: { _ in .text(.ok, "") })
            let error = await #expect(throws: HTTPServingError.self) { try await second.run() }
            #expect(error?.code == .addressInUse)
            #expect(error?.message == "cannot listen on 127.0.0.1:\(port): address already in use")
        }
    }
}
