import KubernetesAPI
import PodSources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct URLSourceTests {
    /// Runs a source on a server while `body` takes its updates.
    private func follow(
        _ server: RawHTTPServer, path: String = "", headers: [(name: String, value: String)] = [],
        lastAccepted: [DesiredPod] = [], timeout: Duration = .seconds(50), credentials: String = "",
        _ body: (inout ManifestDirectory.Updates) async throws -> Void
    ) async throws {
        let source = try URLSource(
            options: .init(
                url: server.url.replacing("://", with: "://" + credentials) + path, headers: headers,
                interval: .milliseconds(5), timeout: timeout),
            reader: ManifestReader(nodeName: "node", source: .http), lastAccepted: lastAccepted, host: .forTests,
            clock: .continuous)
        try await withThrowingTaskGroup { group in
            group.addTask { try await source.run() }
            var updates = ManifestDirectory.Updates(iterator: source.updates.makeAsyncIterator())
            try await body(&updates)
            group.cancelAll()
        }
    }

    private func list(_ items: String...) -> String {
        #"{"kind": "PodList", "apiVersion": "v1", "items": ["# + items.joined(separator: ",") + "]}"
    }

    private func item(_ name: String, image: String = "a") -> String {
        #"{"metadata": {"name": "\#(name)"}, "spec": {"containers": [{"name": "c", "image": "\#(image)"}]}}"#
    }

    @Test func podsAndListsAreRead() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok(manifest("a"))
            try await follow(server) { updates in
                let first = await updates.next()
                #expect(first.complete && first.names == ["a"] && first.pods[0].origin == server.url)
                server.answer = RawHTTPServer.ok(list(item("a"), item("b")))
                await updates.expect(names: ["a", "b"])
                server.answer = RawHTTPServer.ok(list())
                await updates.expect(names: [])
                server.answer = RawHTTPServer.ok(
                    "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: c}\n"
                        + "  spec: {containers: [{name: c, image: c}]}\n")
                await updates.expect(names: ["c"])
                server.answer = RawHTTPServer.ok(#"{"kind": "PodList", "apiVersion": "v1", "items": null}"#)
                await updates.expect(names: [])
                server.answer = RawHTTPServer.ok(
                    #"{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "d"}, "#
                        + #""spec": {"containers": [{"name": "c", "image": "d"}]}}"#)
                await updates.expect(names: ["d"])
            }
        }
    }

    @Test func moreThanTheLimitIsNotRead() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok(manifest("a"))
            try await follow(server) { updates in
                await updates.expect(names: ["a"])
                let padding = String(repeating: "#", count: ManifestReader.sizeLimit)
                server.answer = RawHTTPServer.ok(manifest("b") + padding)
                let large = await updates.next()
                #expect(large.names == ["a"])
                #expect(
                    large.problems.map(\.message) == ["cannot get the manifest: it is longer than 10485760 bytes"])
            }
        }
    }

    @Test(arguments: [
        "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 404 No\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        RawHTTPServer.ok(""),
        RawHTTPServer.ok("# nothing"),
        RawHTTPServer.ok("<html><body>login</body></html>"),
        RawHTTPServer.ok(#"{"kind": "PodList", "apiVersion": "v1"}"#),
        RawHTTPServer.ok(#"{"kind": "Status", "apiVersion": "v1"}"#),
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n" + manifest("b"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "nonsense\r\n\r\n",
        "",
    ])
    func badAnswersKeepTheLastGoodPods(_ answer: String) async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok(manifest("a"))
            try await follow(server) { updates in
                await updates.expect(names: ["a"])
                server.answer = answer
                let bad = await updates.next()
                #expect(bad.names == ["a"] && bad.problems.count == 1)
                server.answer = RawHTTPServer.ok(manifest("a"))
                let good = await updates.next()
                #expect(good.names == ["a"] && good.problems.isEmpty)
            }
        }
    }

    @Test(arguments: [
        RawHTTPServer.stall, "HTTP/1.1 200 OK\r\n" + RawHTTPServer.stall,
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nkind: Pod" + RawHTTPServer.stall,
    ])
    func aServerThatStallsIsGivenUp(_ answer: String) async throws {
        try await RawHTTPServer.run { server in
            server.answer = answer
            try await follow(server, timeout: .milliseconds(500)) { updates in
                let first = await updates.next()
                #expect(!first.complete && first.problems.count == 1)
                server.answer = RawHTTPServer.ok(manifest("a"))
                #expect(await updates.until(\.complete).names == ["a"])
            }
        }
    }

    @Test func noServerIsSaidInPlainWords() async throws {
        let source = try URLSource(
            options: .init(url: "http://user:secret@127.0.0.1:1/x"),
            reader: ManifestReader(nodeName: "node", source: .http), host: .forTests, clock: .continuous)
        await withTaskGroup { group in
            group.addTask { try? await source.run() }
            var updates = ManifestDirectory.Updates(iterator: source.updates.makeAsyncIterator())
            #expect(
                await updates.next().problems.map(\.description) == [
                    "http://127.0.0.1:1/x: cannot get the manifest: connection refused"
                ])
            group.cancelAll()
        }
    }

    @Test func beforeTheFirstGoodAnswerNothingIsComplete() async throws {
        let ran = ManifestReader(nodeName: "node", source: .http)
            .read(Array(manifest("a").utf8), file: "x", seen: Timestamp(seconds: 1)).pods
        try await RawHTTPServer.run { server in
            try await follow(server, lastAccepted: ran) { updates in
                let first = await updates.next()
                #expect(!first.complete && first.versions == ran.versions)
                server.answer = RawHTTPServer.ok(manifest("a"))
                let second = await updates.until(\.complete)
                #expect(second.versions == ran.versions && second.problems.isEmpty)
            }
        }
    }

    @Test func aBadItemKeepsItsOwnLastVersion() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok(list(item("a"), item("b")))
            try await follow(server) { updates in
                await updates.expect(names: ["a", "b"])
                server.answer = RawHTTPServer.ok(list(item("a", image: ""), item("b", image: "new")))
                await updates.expect(images: ["a", "new"])
                // Whose item it is can't be told: nothing goes.
                server.answer = RawHTTPServer.ok(list(#"{"metadata": {"nam": "a"}}"#, item("b", image: "newer")))
                await updates.expect(images: ["newer", "a"])
                server.answer = RawHTTPServer.ok(list(item("b", image: "newer")))
                await updates.expect(images: ["newer"])
            }
        }
    }

    @Test func configuredHeadersAreSentWithAllTheirValues() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok(manifest("a"))
            try await follow(server, headers: [("X-Token", "one"), ("X-Token", "two"), ("Accept", "text/x")]) {
                updates in
                await updates.expect(names: ["a"])
            }
            let request = try #require(server.requests.first)
            #expect(request.contains("X-Token: one\r\n") && request.contains("X-Token: two\r\n"))
            #expect(request.contains("Accept: text/x\r\n") && !request.contains("yaml"))
        }
    }

    @Test(arguments: [
        ([], "Authorization: Basic bWU6cEBzcw=="),
        ([(name: "authorization", value: "Bearer mine")], "authorization: Bearer mine"),
    ])
    func theURLsUserIsSentUnlessAHeaderSaysOtherwise(_ headers: [(name: String, value: String)], _ line: String)
        async throws
    {
        try await RawHTTPServer.run { server in
            try await RawHTTPServer.run { other in
                server.answer = RawHTTPServer.redirect(to: other.url)
                other.answer = RawHTTPServer.ok(manifest("a"))
                try await follow(server, headers: headers, credentials: "me:p%40ss@") { updates in
                    await updates.expect(names: ["a"])
                }
                let sent = server.requests[0].split(separator: "\r\n").filter {
                    $0.lowercased().hasPrefix("authorization:")
                }
                #expect(sent == [line[...]])
                #expect(!other.requests[0].lowercased().contains("authorization"))
            }
        }
    }

    @Test func anUnchangedTagSavesTheBody() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.ok(manifest("a"), headers: "ETag: \"v1\"\r\n")
            try await follow(server) { updates in
                await updates.expect(names: ["a"])
                server.answer = "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
                var conditional = server.arrivals.filter { $0.contains("If-None-Match: \"v1\"\r\n") }
                    .makeAsyncIterator()
                for _ in 0..<3 { _ = await conditional.next() }
                server.answer = RawHTTPServer.ok(manifest("b"))
                await updates.expect(names: ["b"])
            }
        }
    }

    @Test func headersDoNotFollowToAnotherOrigin() async throws {
        try await RawHTTPServer.run { server in
            try await RawHTTPServer.run { other in
                server.answer = RawHTTPServer.redirect(to: other.url)
                other.answer = RawHTTPServer.ok(manifest("a"), headers: "ETag: \"v1\"\r\n")
                try await follow(server, headers: [("X-Token", "secret")]) { updates in
                    await updates.expect(names: ["a"])
                }
                #expect(server.requests[0].contains("X-Token: secret"))
                #expect(other.requests.allSatisfy { !$0.contains("secret") && !$0.contains("If-None-Match") })
            }
        }
    }

    @Test(arguments: [
        RawHTTPServer.ok("<html>you sent Bearer hunter2hunter2</html>"),
        RawHTTPServer.ok("kind: hunter2hunter2\napiVersion: v1\n"),
        RawHTTPServer.redirect(to: "/again?hunter2hunter2"),
        RawHTTPServer.redirect(to: "ftp://hunter2hunter2/"),
        "HTTP/1.1 500 hunter2hunter2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "hunter2hunter2\r\n\r\n",
    ])
    func headerValuesAreInNoProblem(_ answer: String) async throws {
        try await RawHTTPServer.run { server in
            server.answer = answer
            try await follow(server, headers: [("Authorization", "Bearer hunter2hunter2")]) { updates in
                let bad = await updates.next()
                #expect(bad.problems.count == 1)
                #expect(!bad.problems.map(\.description).joined().contains("hunter2"))
            }
            #expect(server.requests.first?.contains("Authorization: Bearer hunter2hunter2\r\n") == true)
        }
    }

    @Test func aHeaderThatCannotBeSentIsNotShown() async throws {
        try await RawHTTPServer.run { server in
            try await follow(server, headers: [("X-Token", "hunter2\r\nX-Other: a")]) { updates in
                let bad = await updates.next()
                #expect(bad.problems.map(\.message) == ["cannot get the manifest: invalid header field values"])
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func redirectsInACircleEnd() async throws {
        try await RawHTTPServer.run { server in
            server.answer = RawHTTPServer.redirect(to: "/again")
            try await follow(server, headers: [("X-Token", "secret")]) { updates in
                let first = await updates.next()
                #expect(first.problems.map(\.message) == ["cannot get the manifest: more than 10 redirects"])
                #expect(server.requests[1].hasPrefix("GET /again ") && server.requests[1].contains("secret"))
            }
        }
    }

    @Test(arguments: ["", "ftp://x/", "http://", "/path", "http://x:99999/"])
    func whatIsNoURLIsRefused(_ url: String) {
        #expect(throws: PodSourceError.self) {
            try URLSource(
                options: .init(url: url), reader: ManifestReader(nodeName: "n", source: .http), host: .forTests,
                clock: .continuous)
        }
    }
}
