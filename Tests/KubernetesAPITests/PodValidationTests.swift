import KubernetesAPI
import Testing

@Suite struct PodValidationTests {
    @Test(arguments: [
        PodFault("valid", ""),
        PodFault(
            "valid with much in it",
            """
            containers:
            - name: web
              image: nginx
              ports: [{name: http, containerPort: 80, hostPort: 8080}]
              env: [{name: "MY.VAR-1", value: x}, {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
              volumeMounts: [{name: data, mountPath: /data, subPath: a/b}]
              livenessProbe: {exec: {command: [sh]}}
              lifecycle: {preStop: {sleep: {seconds: 5}}}
            initContainers: [{name: side, image: x, restartPolicy: Always, startupProbe: {tcpSocket: {port: http}}}]
            volumes: [{name: data, hostPath: {path: /srv}}]
            tolerations: [{operator: Exists}]
            dnsPolicy: None
            dnsConfig: {nameservers: [1.1.1.1], searches: [cluster.local.], options: [{name: ndots}]}
            hostAliases: [{ip: "::1", hostnames: [a.b]}]
            """),
        PodFault("no containers", "containers: []", "spec.containers: Required value"),
        PodFault(
            "unknown policies", "restartPolicy: Sometimes\ndnsPolicy: Mine",
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: "
                + "\"Always\", \"OnFailure\", \"Never\"",
            "spec.dnsPolicy: Unsupported value: \"Mine\": supported values: "
                + "\"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\""),
        PodFault(
            "deadline out of range", "activeDeadlineSeconds: 0",
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"),
        PodFault(
            "name given twice", "containers: [{name: a, image: x}, {name: a, image: x}]",
            "spec.containers[1].name: Duplicate value: \"a\""),
        PodFault(
            "name given to an init container too",
            "containers: [{name: a, image: x}]\ninitContainers: [{name: a, image: x}]",
            "spec.initContainers[0].name: Duplicate value: \"a\""),
        PodFault(
            "container without name and image", "containers: [{}]",
            "spec.containers[0].name: Required value", "spec.containers[0].image: Required value"),
        PodFault(
            "probe of an init container",
            "initContainers: [{name: i, image: x, livenessProbe: {exec: {command: [a]}}}]",
            "spec.initContainers[0].livenessProbe: Forbidden: "
                + "may not be set for init containers without restartPolicy=Always"
        ),
        PodFault(
            "same host port twice",
            "containers: [{name: a, image: x, "
                + "ports: [{containerPort: 1, hostPort: 9}, {containerPort: 2, hostPort: 9}]}]",
            "spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//9\""),
        PodFault(
            "volume given twice", "volumes: [{name: a}, {name: a}]", "spec.volumes[1].name: Duplicate value: \"a\""),
        PodFault(
            "volume with two sources", "volumes: [{name: a, emptyDir: {}, hostPath: {path: /x}}]",
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"),
        PodFault(
            "host path with backsteps", "volumes: [{name: a, hostPath: {path: /x/../y}}]",
            "spec.volumes[0].hostPath.path: Invalid value: \"/x/../y\": must not contain '..'"),
        PodFault(
            "host path of no known type", "volumes: [{name: a, hostPath: {path: /x, type: Dir}}]",
            "spec.volumes[0].hostPath.type: Unsupported value: \"Dir\": supported values: \"\", \"BlockDevice\", "
                + "\"CharDevice\", \"Directory\", \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\""),
        PodFault(
            "toleration of no key", "tolerations: [{value: x}]",
            "spec.tolerations[0].operator: Invalid value: \"\": operator must be Exists when `key` is empty, "
                + "which means \"match all values and all keys\""),
        PodFault(
            "resolver without servers", "dnsPolicy: None",
            "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
        PodFault(
            "no address", "hostAliases: [{ip: 300.1.1.1}]",
            "spec.hostAliases[0].ip: Invalid value: \"300.1.1.1\": "
                + "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        ),
        PodFault(
            "user namespace on the host's network", "hostUsers: false\nhostNetwork: true",
            "spec.hostNetwork: Forbidden: when `hostUsers` is false"),
        PodFault(
            "host sysctl", "hostNetwork: true\nsecurityContext: {sysctls: [{name: net.core.somaxconn, value: \"1\"}]}",
            "spec.securityContext.sysctls[0].name: Invalid value: \"net.core.somaxconn\": "
                + "may not be specified when 'hostNetwork' is true"),
    ])
    func finds(_ fault: PodFault) throws {
        try fault.check()
    }

    @Test(arguments: [
        PodFault(
            "port number", container: "ports: [{containerPort: 70000}]",
            "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"),
        PodFault("port without a number", container: "ports: [{name: a}]", "ports[0].containerPort: Required value"),
        PodFault(
            "port name", container: "ports: [{name: a--b, containerPort: 1}]",
            "ports[0].name: Invalid value: \"a--b\": must not contain consecutive hyphens"),
        PodFault(
            "protocol", container: "ports: [{containerPort: 1, protocol: tcp}]",
            "ports[0].protocol: Unsupported value: \"tcp\": supported values: \"SCTP\", \"TCP\", \"UDP\""),
        PodFault(
            "pull policy", container: "imagePullPolicy: Maybe",
            "imagePullPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", \"IfNotPresent\", \"Never\""),
        PodFault(
            "variable of two sources",
            container: "env: [{name: A, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
            "env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"),
        PodFault(
            "variable of no source", container: "env: [{name: A, valueFrom: {}}]",
            "env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, "
                + "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"),
        PodFault(
            "variable name", container: "env: [{name: \"A=B\", value: c}]",
            "env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of "
                + "printable ASCII characters other than '='"),
        PodFault(
            "mount of no volume", container: "volumeMounts: [{name: data, mountPath: /x}]",
            "volumeMounts[0].name: Not found: \"data\""),
        PodFault(
            "request above limit", container: "resources: {limits: {cpu: 1}, requests: {cpu: 2}}",
            "resources.requests[cpu]: Invalid value: \"2\": must be less than or equal to cpu limit of 1"),
        PodFault(
            "unknown resource", container: "resources: {requests: {cpus: 1}}",
            "resources.requests[cpus]: Invalid value: \"cpus\": must be a standard resource type or fully qualified",
            "resources.requests[cpus]: Invalid value: \"cpus\": must be a standard resource for containers"),
        PodFault(
            "negative amount", container: "resources: {requests: {cpu: -1}}",
            "resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"),
        PodFault(
            "probe of two kinds", container: "livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}",
            "livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"),
        PodFault(
            "probe of no kind", container: "readinessProbe: {}",
            "readinessProbe: Required value: must specify a handler type"),
        PodFault(
            "liveness with two successes", container: "livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}",
            "livenessProbe.successThreshold: Invalid value: 2: must be 1"),
        PodFault(
            "sleep beyond the grace period", container: "lifecycle: {preStop: {sleep: {seconds: 31}}}",
            "lifecycle.preStop.sleep: Invalid value: 31: "
                + "must be non-negative and less than terminationGracePeriodSeconds (30)"),
        PodFault(
            "privileged without escalation",
            container: "securityContext: {privileged: true, allowPrivilegeEscalation: false}",
            "securityContext.allowPrivilegeEscalation: Invalid value: false: "
                + "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"),
        PodFault(
            "seccomp profile without a file", container: "securityContext: {seccompProfile: {type: Localhost}}",
            "securityContext.seccompProfile.localhostProfile: Required value: "
                + "must be set when seccomp type is Localhost"),
        PodFault(
            "rules without a policy",
            container: "restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]",
            "restartPolicy: Required value: must specify restartPolicy when restart rules are used"),
    ])
    func findsInContainers(_ fault: PodFault) throws {
        try fault.check()
    }
}
