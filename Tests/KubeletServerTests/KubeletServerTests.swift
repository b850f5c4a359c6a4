import HTTPServing
import HostSystem
import NIOSSL
import TestSupport
import Testing

@testable import KubeletServer

/// Requests over real sockets, with certificates of a CA of the test.
@Suite(.timeLimit(.minutes(3))) struct KubeletServerTests {
    private static let execURI = "/exec/default/web/app?command=sh&output=1"

    @Test(arguments: ["/exec/default/web/app?command=id&output=1", "/pods", "/healthz", "/nothing", "/configz"])
    func withoutACertificateNothingIsServed(uri: String) async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(pod, authority: authority) { ports in
            let tls = try authority.clientTLS(as: nil)
            let answer = try await RawClient.request(uri, port: ports[.secure], tls: tls)
            #expect(answer.status == 401)
            #expect(answer.body == "Unauthorized")
        }
        #expect(pod.runtime.calls.allSatisfy { $0.operation != .exec })
    }

    @Test(arguments: [false, true])
    func aForeignCertificateIsRefused(anonymousAllowed: Bool) async throws {
        let (pod, authority, foreign) = (try await RunningPod(), try TestAuthority(), try TestAuthority())
        try await withKubeletServer(
            pod, authority: authority, configure: { $0.allowsAnonymous = anonymousAllowed }
        ) { ports in
            let tls = try foreign.clientTLS(as: "kube-apiserver", groups: ["system:masters"])
            let answer = try await RawClient.request(Self.execURI, port: ports[.secure], tls: tls)
            #expect(answer.status == 401)
            #expect(answer.body == "Unauthorized")
        }
        #expect(pod.runtime.calls.allSatisfy { $0.operation != .exec })
    }

    @Test func theAnonymousAreLetInWhereTheyMay() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(pod, authority: authority, configure: { $0.allowsAnonymous = true }) { ports in
            let tls = try authority.clientTLS(as: nil)
            #expect(try await RawClient.request("/healthz", port: ports[.secure], tls: tls).body == "ok")
        }
    }

    @Test func theAPIServerDecidesWhoMayDoWhat() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        let reviewer = FakeReviewer(["bob get configz", "bob get proxy", "bob get stats"])
        try await withKubeletServer(
            pod, authority: authority, configure: { $0.authorization = .webhook(reviewer) }
        ) { ports in
            let tls = try authority.clientTLS(as: "bob", groups: ["ops"])
            #expect(try await RawClient.request("/configz", port: ports[.secure], tls: tls).status == 200)
            #expect(try await RawClient.request("/pods", port: ports[.secure], tls: tls).status == 200)
            let metrics = try await RawClient.request("/metrics", port: ports[.secure], tls: tls)
            #expect(metrics.status == 403)
            #expect(
                metrics.body == "Forbidden (user=bob, verb=get, resource=nodes, subresource(s)=[metrics])\n")
            let run = try await RawClient.request(
                "/run/default/web/app?cmd=id", method: "POST", port: ports[.secure], tls: tls)
            #expect(run.body == "Forbidden (user=bob, verb=create, resource=nodes, subresource(s)=[proxy])\n")
            let delete = try await RawClient.request("/pods", method: "DELETE", port: ports[.secure], tls: tls)
            #expect(
                delete.body == "Forbidden (user=bob, verb=delete, resource=nodes, subresource(s)=[pods proxy])\n")
            reviewer.setFails(true)
            let failed = try await RawClient.request("/logs/", port: ports[.secure], tls: tls)
            #expect(failed.status == 500)
            #expect(failed.body == "Authorization error (user=bob, verb=get, resource=nodes, subresource=log)")
        }
        let first = reviewer.asked.first
        #expect(first?.user == KubeletUser(name: "bob", groups: ["ops", "system:authenticated"]))
        #expect(first?.nodeName == "node-1")
    }

    @Test func whoIsKnownGetsAnswers() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try HostFiles.writeAtomically("2026-01-01T00:00:00Z stdout F hello\n", to: pod.logPath)
        try await withKubeletServer(pod, authority: authority) { ports in
            let tls = try authority.clientTLS(as: "admin")
            func get(_ uri: String, _ method: String = "GET") async throws -> RawClient.Response {
                try await RawClient.request(uri, method: method, port: ports[.secure], tls: tls)
            }
            #expect(try await get("/healthz").body == "ok")
            #expect(try await get("/healthz/syncloop").body == "ok")
            #expect(try await get("/configz").body == #"{"kubeletconfig":{"staticPodPath":"/m"}}"#)
            let pods = try await get("/pods")
            #expect(pods.body.hasPrefix(#"{"kind":"PodList","apiVersion":"v1","metadata":{},"#))
            let running = try await get("/runningpods/")
            #expect(running.body.contains(#""name":"app","image":"busybox""#))
            #expect(try await get("/containerLogs/default/web/app?tailLines=1").body == "hello\n")
            #expect(try await get("/containerLogs/default/web/other").status == 404)
            #expect(try await get("/containerLogs/default/web/app?previous=1").status == 400)
            #expect(try await get("/run/default/web/app?cmd=echo+a%20b", "POST").body == "echo|a|b")
            #expect(try await get("/nothing").body == "404: Page Not Found")
            #expect(try await get("/pods", "POST").status == 405)
            #expect(try await get("/run/default/web/app").status == 405)
        }
    }

    @Test func whatIsMeasuredIsShown() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(pod, authority: authority) { ports in
            let metrics = try await RawClient.request("/metrics", port: ports[.readOnly]).body
            #expect(metrics.contains("kubelet_running_pods 1\n"))
            #expect(metrics.contains("kubelet_running_containers{container_state=\"running\"} 1\n"))
            #expect(metrics.contains("\nprocess_resident_memory_bytes "))
            let summary = try await RawClient.request("/stats/summary", port: ports[.readOnly]).body
            #expect(summary.contains(#""podRef":{"name":"web""#))
            #expect(summary.contains(#""availableBytes":"#))
        }
    }

    @Test func theReadOnlyPortHasNoSecrets() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(pod, authority: authority) { ports in
            for uri in ["/healthz", "/pods", "/metrics", "/stats/summary"] {
                let answer = try await RawClient.request(uri, port: ports[.readOnly])
                #expect(answer.status == 200)
            }
            for uri in ["/configz", Self.execURI, "/containerLogs/default/web/app", "/logs/", "/runningpods/"] {
                let answer = try await RawClient.request(uri, port: ports[.readOnly])
                #expect(answer.status == 404)
            }
        }
    }

    @Test func thePlainPortTellsOnlyThatTheKubeletLives() async throws {
        let (pod, authority) = (try await RunningPod(problem: "the runtime is down"), try TestAuthority())
        try await withKubeletServer(pod, authority: authority) { ports in
            #expect(try await RawClient.request("/healthz", port: ports[.healthz]).body == "ok")
            #expect(try await RawClient.request("/pods", port: ports[.healthz]).status == 404)
            let health = try await RawClient.request("/healthz", port: ports[.readOnly])
            #expect(health.status == 500)
            #expect(health.body.contains("[-]syncloop failed: the runtime is down\n"))
            #expect(try await RawClient.request("/healthz/ping", port: ports[.readOnly]).body == "ok")
        }
    }

    @Test func debuggingCanBeTurnedOff() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(
            pod, authority: authority, configure: { $0.enableDebuggingHandlers = false }
        ) { ports in
            let tls = try authority.clientTLS(as: "admin")
            for uri in [Self.execURI, "/containerLogs/default/web/app", "/logs/", "/runningpods/"] {
                let answer = try await RawClient.request(uri, port: ports[.secure], tls: tls)
                #expect(answer.status == 405)
                #expect(answer.body == "Debug endpoints are disabled.\n")
            }
            #expect(try await RawClient.request("/pods", port: ports[.secure], tls: tls).status == 200)
        }
    }

    @Test func aPortInUseIsAnError() async throws {
        let (pod, authority) = (try await RunningPod(), try TestAuthority())
        try await withKubeletServer(pod, authority: authority) { ports in
            let port = try #require(ports[.healthz])
            let error = await #expect(throws: HTTPServingError.self) {
                try await withKubeletServer(
                    pod, authority: authority,
                    configure: { $0.healthzAddress = ListenAddress(host: "127.0.0.1", port: port) }
                ) { _ in Issue.record("the port was free") }
            }
            #expect(error?.code == .addressInUse)
        }
    }
}
