import HostSystem
import Testing

extension RealParts.SharedNode {
    /// Probes over the network, and what is said of those that fail.
    @Suite struct NetworkProbeTests {
        private let node: TestNode

        init() throws { node = try .inScope }

        /// A server that answers over TLS only who has the right header, after a redirect, and says over gRPC that it is well:
        /// a file holds that answer.
        private static let nginx = """
            events {}
            pid /run/nginx.pid;
            http {
                server {
                    listen 8443 ssl;
                    ssl_certificate /pki/kubelet-serving.crt;
                    ssl_certificate_key /pki/kubelet-serving.key;
                    absolute_redirect off;
                    location = /from { return 302 /to; }
                    location = /away { return 302 https://elsewhere.invalid/; }
                    location = /to {
                        if ($http_x_probe != "yes") { return 403; }
                        return 200 "well";
                    }
                }
                server {
                    listen 50051 http2;
                    location = /grpc.health.v1.Health/Check { error_page 405 =200 /health; return 405; }
                    location = /health {
                        internal;
                        default_type application/grpc;
                        add_trailer grpc-status 0;
                        root /served;
                    }
                }
            }

            """

        private func manifest(_ name: String, _ spec: String) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              terminationGracePeriodSeconds: 1
            \(spec)
            """
        }

        private func server(_ served: String) -> String {
            """
              volumes:
              - {name: served, hostPath: {path: \(served)}}
              - {name: pki, hostPath: {path: \(node.directory)/pki}}
              containers:
              - name: main
                image: nginx
                imagePullPolicy: IfNotPresent
                args: [-c, /served/nginx.conf, -g, daemon off;]
                volumeMounts: [{name: served, mountPath: /served}, {name: pki, mountPath: /pki}]
                startupProbe:
                  httpGet: {scheme: HTTPS, port: 8443, path: /from, httpHeaders: [{name: X-Probe, value: "yes"}]}
                  periodSeconds: 1
                  failureThreshold: 60
                readinessProbe: {grpc: {port: 50051}, periodSeconds: 1, failureThreshold: 1}
                livenessProbe: {httpGet: {scheme: HTTPS, port: 8443, path: /away}, periodSeconds: 1}

            """
        }

        /// Containers of which none is ready, for a reason of its own each.
        private var failing: String {
            let checks = [
                ("refused", "httpGet: {port: 9}", "sleep 100000 & wait"),
                ("silent", "httpGet: {port: 7000}", "while :; do nc -l -p 7000 -e sleep 3; done"),
                ("unconnected", "tcpSocket: {port: 9}", "sleep 100000 & wait"),
                ("nameless", "tcpSocket: {port: 9, host: no-such-host.invalid}", "sleep 100000 & wait"),
                ("sick", "grpc: {port: 9}", "sleep 100000 & wait"),
            ]
            return "  containers:\n"
                + checks.map { name, check, line in
                    """
                      - name: \(name)
                        image: busybox
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "trap 'exit 0' TERM; \(line)"]
                        readinessProbe: {\(check), periodSeconds: 1}

                    """
                }.joined()
        }

        @Test func theyAreMadeAndTheirFailuresToldAsUpstreamDoes() async throws {
            let served = "\(node.host)/served"
            try HostFiles.createDirectory(served)
            try HostFiles.writeAtomically(Self.nginx, to: "\(served)/nginx.conf", mode: 0o644)
            // A message of two bytes: field 1 (`status`) is 1, `SERVING`.
            try HostFiles.writeAtomically([0, 0, 0, 0, 2, 8, 1], to: "\(served)/health", mode: 0o644)
            try node.add("well", manifest("well", server(served)))
            try node.add("unwell", manifest("unwell", failing))

            let well = try await node.ready("well")
            #expect(well.restartCount == 0)
            try await eventually("a redirect to another host is told") {
                try await node.events("ProbeWarning", of: TestNode.mirror("well"))
                    .contains { $0.hasPrefix("Liveness probe warning: Probe terminated redirects, Response body: ") }
            }
            // `NOT_SERVING`.
            try HostFiles.writeAtomically([0, 0, 0, 0, 2, 8, 2], to: "\(served)/health", mode: 0o644)
            try await eventually("it isn't well any more") { try await node.observe("well")?.isReady == false }
            try await eventually("an event tells why") {
                try await node.events("Unhealthy", of: TestNode.mirror("well"))
                    .contains("Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")")
            }

            let shown = try await node.shown("unwell", "runs") { !$0.podIP.isEmpty && $0.containers.count == 5 }
            let ip = shown.podIP
            let expected: Set = [
                "Get \"http://\(ip):9/\": dial tcp \(ip):9: connect: connection refused",
                "Get \"http://\(ip):7000/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
                "dial tcp \(ip):9: connect: connection refused",
                "dial tcp: lookup no-such-host.invalid: no such host",
                "error: failed to connect service at \"\(ip):9\": dial tcp \(ip):9: connect: connection refused",
            ]
            try await eventuallyAgree("every failure is told") {
                let told = Set(try await node.events("Unhealthy", of: TestNode.mirror("unwell")))
                return expected.filter { !told.contains("Readiness probe failed: \($0)") }
                    .map { "\($0) is not among \(told)" }
            }
            for pod in ["well", "unwell"] { try await node.end(pod) }
        }
    }
}
