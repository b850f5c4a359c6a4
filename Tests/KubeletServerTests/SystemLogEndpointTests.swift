import HTTPServing
import HostSystem
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import KubeletServer

@Suite struct SystemLogEndpointTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try HostFiles.createDirectory(directory.path + "/log/pods")
        try HostFiles.writeAtomically("hello\n", to: directory.path + "/log/pods/a & b.log")
        try HostFiles.writeAtomically("secret\n", to: directory.path + "/secret")
        try HostFiles.symbolicLink(directory.path + "/log/inside", to: directory.path + "/log/pods")
        try HostFiles.symbolicLink(directory.path + "/log/outside", to: directory.path)
        try HostFiles.symbolicLink(directory.path + "/log/dangling", to: "/nowhere")
    }

    private func answer(_ uri: String) async throws -> (status: HTTPResponseStatus, body: String) {
        let request = try HTTPServerRequest(method: "GET", uri: uri)
        let endpoint = SystemLogEndpoint(root: directory.path + "/log", threads: .singleton)
        let path = Array(request.pathSegments.dropFirst())
        switch try await endpoint.response(path: path, rawPath: request.rawPath) {
        case .full(let status, _, let body):
            return (status, String(decoding: body, as: UTF8.self))
        case .streaming(let status, _, let producer):
            let text = Collected()
            try await producer(BodyWriter { text.append(String(buffer: $0)) })
            return (status, text.value)
        case .upgrade:
            return (.switchingProtocols, "")
        }
    }

    private final class Collected: Sendable {
        private let text = Mutex("")

        var value: String { text.withLock { $0 } }

        func append(_ more: String) { text.withLock { $0 += more } }
    }

    @Test(arguments: ["/logs/pods/a%20&%20b.log", "/logs/inside/a%20&%20b.log", "/logs//pods/./a%20&%20b.log"])
    func aFileIsServed(uri: String) async throws {
        let answer = try await answer(uri)
        #expect(answer.status == .ok)
        #expect(answer.body == "hello\n")
    }

    @Test(arguments: [
        "/logs/../secret", "/logs/%2e%2e/secret", "/logs/pods/../../secret", "/logs/..%2Fsecret",
        "/logs/outside/secret",
        "/logs/outside/", "/logs/dangling", "/logs/none", "/logs/pods/a%20&%20b.log/x", "/logs/pods%00/",
    ])
    func nothingElseIs(uri: String) async throws {
        let error = await #expect(throws: KubeletServerError.self) { try await answer(uri) }
        #expect(error?.code == .notFound)
    }

    @Test func aDirectoryIsListed() async throws {
        let root = try await answer("/logs/")
        #expect(root.body.contains("<a href=\"./pods/\">pods/</a>\n"))
        let pods = try await answer("/logs/pods/")
        #expect(pods.body.contains("<a href=\"./a%20%26%20b.log\">a &amp; b.log</a>\n"))
        #expect(try await answer("/logs/pods").status == .movedPermanently)
    }
}
