import HTTPServing
import Logging
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct StreamingTests {
    @Test func eachWriteReachesTheClientAtOnce() async throws {
        let (lines, continuation) = AsyncStream<String>.makeStream()
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { writer in
                for await line in lines { try await writer.write(line) }
            }
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.read(until: "\r\n\r\n")
                continuation.yield("one")
                #expect(try await client.read(until: "\r\none\r\n") == "3\r\none\r\n")
                continuation.yield("two!")
                #expect(try await client.read(until: "two!\r\n") == "4\r\ntwo!\r\n")
                continuation.finish()
                #expect(try await client.read(until: "0\r\n\r\n") == "0\r\n\r\n")
            }
        }
    }

    @Test(arguments: [true, false])
    func idleStreamIsCancelledWhenTheClientLeaves(isTLS: Bool) async throws {
        let authority = try TestAuthority()
        let cancelled = Signal()
        try await withServer(tls: isTLS ? try authority.serverTLS() : nil) { _ in
            .streaming(status: .ok, headers: [:]) { _ in
                defer { cancelled.fire() }
                for await _ in AsyncStream<Void>.makeStream().stream {}
                throw CancellationError()
            }
        } _: { port in
            try await TestClient.connected(to: port, tls: isTLS ? try authority.clientTLS(nil) : nil) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.read(until: "\r\n\r\n")
            }
            await cancelled.wait()
        }
    }

    @Test func handlerThatHasNotAnsweredIsCancelledWhenTheClientLeaves() async throws {
        let (started, cancelled) = (Signal(), Signal())
        try await withServer { _ in
            started.fire()
            defer { cancelled.fire() }
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw CancellationError()
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await started.wait()
            }
            await cancelled.wait()
        }
    }

    @Test func writerWaitsForASlowClientAndFailsWhenItLeaves() async throws {
        let written = Atomic(0)
        let (stalled, failed) = (Signal(), Signal())
        let total = 64 << 20
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { writer in
                defer { failed.fire() }
                let chunk = [UInt8](repeating: 65, count: 1 << 20)
                for index in 0..<64 {
                    if index == 1 { stalled.fire() }
                    try await writer.write(chunk)
                    written.add(chunk.count, ordering: .relaxed)
                }
            }
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.read(until: "\r\n\r\n")
                await stalled.wait()
            }
            await failed.wait()
            #expect(written.load(ordering: .relaxed) < total)
        }
    }

    @Test func failedProducerCutsTheConnection() async throws {
        struct Failure: Error {}
        try await withServer { _ in
            .streaming(status: .ok, headers: [:]) { writer in
                try await writer.write("part")
                throw Failure()
            }
        } _: { port in
            try await TestClient.connected(to: port) { client in
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.readToEnd().hasSuffix("4\r\npart\r\n"))
            }
        }
    }

    @Test func gracefulShutdownEndsStreamsProperlyAndWaitsForRequests() async throws {
        let (bound, port) = AsyncStream<Int>.makeStream()
        let (begun, goOn) = (Signal(), Signal())
        let server = HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quietLogger(), onBound: { port.yield($0) }
        ) { request in
            if request.path == "/short" {
                begun.fire()
                await goOn.wait()
                return .text(.ok, "done")
            }
            return .streaming(status: .ok, headers: [:]) { _ in
                for await _ in AsyncStream<Void>.makeStream().stream {}
                throw CancellationError()
            }
        }
        let services = ServiceGroup(services: [server], logger: quietLogger())
        try await withThrowingTaskGroup { group in
            group.addTask { try await services.run() }
            for await port in bound {
                try await TestClient.connected(to: port) { watch in
                    try await watch.send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = try await watch.read(until: "\r\n\r\n")
                    try await TestClient.connected(to: port) { short in
                        try await short.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
                        await begun.wait()
                        await services.triggerGracefulShutdown()
                        #expect(try await watch.readToEnd() == "0\r\n\r\n")
                        goOn.fire()
                        let response = try await short.response()
                        #expect(response.body == "done")
                        #expect(response.head.contains("connection: close"))
                    }
                }
                break
            }
            try await group.waitForAll()
        }
    }
}
