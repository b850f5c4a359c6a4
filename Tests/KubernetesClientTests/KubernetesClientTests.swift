import ClusterPKI
import Glibc
import HTTPServing
import HostSystem
import KubernetesAPI
import KubernetesClient
import NIOHTTP1
import StructuredData
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct KubernetesClientTests {
    /// Answers each request with what it was.
    private static let mirror: HTTPHandler = { request in
        let body = try await request.body.collect(upTo: 1 << 20)
        return .json([
            "method": .string(request.method), "uri": .string(request.rawURI),
            "type": .string(request.headers.first(name: "content-type") ?? ""),
            "body": body.isEmpty ? .null : try JSONValue(parsing: body),
            "metadata": ["resourceVersion": "1"],
        ])
    }

    private static func says(_ answer: JSONValue, _ method: String, _ uri: String, _ type: String = "") {
        #expect(answer["method"]?.stringValue == method)
        #expect(answer["uri"]?.stringValue == uri)
        #expect(answer["type"]?.stringValue == type)
    }

    @Test func verbsBecomeRequests() async throws {
        try await withServer(handler: Self.mirror) { port in
            try await withClient(port: port) { client in
                let pods = ResourcePath.pods(namespace: "default")
                Self.says(try await client.get(pods, "a"), "GET", "/api/v1/namespaces/default/pods/a")
                let created = try await client.create(.leases(namespace: "n"), ["a": 1])
                Self.says(
                    created, "POST", "/apis/coordination.k8s.io/v1/namespaces/n/leases", "application/json")
                #expect(created["body"] == ["a": 1])
                let patched = try await client.patch(.nodes, "n", [:], type: .strategicMerge, subresource: "status")
                Self.says(
                    patched, "PATCH", "/api/v1/nodes/n/status", "application/strategic-merge-patch+json")
                Self.says(
                    try await client.replace(.nodes, "n", [:]), "PUT", "/api/v1/nodes/n", "application/json")
                let deleted = try await client.delete(pods, "a", DeleteOptions(gracePeriodSeconds: 0, uid: "u"))
                Self.says(deleted, "DELETE", "/api/v1/namespaces/default/pods/a", "application/json")
                #expect(deleted.value(at: "body", "preconditions", "uid") == "u")
                #expect(deleted.value(at: "body", "gracePeriodSeconds") == 0)
            }
        }
    }

    @Test func selectorsAreEscaped() async throws {
        let seen = Mutex("")
        try await withServer { request in
            seen.withLock { $0 = request.rawURI }
            return .json(.list([], version: 7))
        } _: { port in
            try await withClient(port: port) { client in
                let options = ListOptions(fieldSelector: "spec.nodeName=a", labelSelector: "x in (a,b)")
                let list = try await client.list(.pods(namespace: nil), options)
                #expect(list.resourceVersion == "7")
            }
        }
        #expect(
            seen.withLock { $0 }
                == "/api/v1/pods?fieldSelector=spec.nodeName%3Da&labelSelector=x%20in%20%28a%2Cb%29")
    }

    @Test func refusalCarriesTheStatus() async throws {
        try await withServer { request in
            request.path.hasSuffix("/plain") ? .text(.forbidden, "no") : .failure(409, "AlreadyExists")
        } _: { port in
            try await withClient(port: port) { client in
                let conflict = await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "a") }
                #expect(conflict?.isAlreadyExists == true)
                #expect(conflict?.isConflict == false)
                #expect(conflict?.message == "cannot GET /api/v1/nodes/a: because AlreadyExists")
                let plain = await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "plain") }
                #expect(plain?.isForbidden == true)
            }
        }
    }

    @Test func objectsAreDecoded() async throws {
        try await withServer { _ in
            .json(.pod("a", version: 3))
        } _: { port in
            try await withClient(port: port) { client in
                let pod = try await client.get(Pod.self, .pods(namespace: "default"), "a")
                #expect(pod.metadata.name == "a")
                #expect(pod.metadata.resourceVersion == "3")
            }
        }
    }

    @Test func certificateOfTheKubeconfigIsShownAndTheServersIsChecked() async throws {
        let directory = "/tmp/swiftlet-client-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? HostFiles.removeTree(directory) }
        let now = Int64(time(nil))
        let authority = try CertificateAuthority.loadOrCreate(in: directory, now: now)
        let other = try CertificateAuthority.loadOrCreate(in: directory, name: "other", now: now)
        let files = KeyPairFiles(directory: directory, name: "server")
        try authority.ensure(
            .server(commonName: "s", dnsNames: [], ipAddresses: ["127.0.0.1"]), in: files, now: now)
        let tls = try ServerTLS(
            certificateFile: files.certificate, privateKeyFile: files.privateKey,
            clientCAFile: authority.certificateFile)
        try await withServer(tls: tls) { request in
            .json(["user": .string(request.peer.verifiedCertificate?.commonName ?? "nobody")])
        } _: { port in
            let file = KubeconfigFile(path: "\(directory)/a", server: "https://127.0.0.1:\(port)", userName: "u")
            try file.ensure(.kubelet(nodeName: "n"), from: authority, now: now)
            try await withClient(try Kubeconfig(path: file.path)) { client in
                let answer = try await client.get(.nodes, "n")
                #expect(answer["user"] == "system:node:n")
            }
            let foreign = KubeconfigFile(path: "\(directory)/b", server: file.server, userName: "u")
            try foreign.ensure(.admin, from: other, now: now)
            try await withClient(try Kubeconfig(path: foreign.path)) { client in
                let error = await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "n") }
                #expect(error?.code == .unreachable)
            }
        }
    }

    @Test func silenceIsATimeout() async throws {
        try await withServer { _ in
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw CancellationError()
        } _: { port in
            try await withClient(port: port, requestSeconds: 1) { client in
                let error = await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "n") }
                #expect(error?.code == .timedOut)
            }
        }
    }

    @Test func bodyThatStopsIsATimeout() async throws {
        try await withServer { _ in
            .watch(["a": 1].map { .event($0.key, .integer($0.value)) }, staysOpen: true)
        } _: {
            port in
            try await withClient(port: port, requestSeconds: 1) { client in
                let error = await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "n") }
                #expect(error?.code == .timedOut)
            }
        }
    }

    @Test func absentServerIsUnreachable() async throws {
        try await withClient(port: 1) { client in
            let error = await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "n") }
            #expect(error?.code == .unreachable)
        }
    }

    @Test func serverThatComesBackIsFoundAgain() async throws {
        // No other test has this address: on the usual one somebody could get the port meanwhile.
        let host = "127.0.41.59"
        let port = Mutex(0)
        try await withServer(host: host, handler: Self.mirror) { first in port.withLock { $0 = first } }
        let fixed = port.withLock { $0 }
        try await withClient(Kubeconfig(server: "http://\(host):\(fixed)")) { client in
            await #expect(throws: KubernetesClientError.self) { try await client.get(.nodes, "n") }
            for _ in 0..<2 {
                try await withServer(host: host, port: fixed, handler: Self.mirror) { _ in
                    _ = try await client.get(.nodes, "n")
                }
            }
        }
    }
}
