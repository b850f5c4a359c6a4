import KubernetesAPI
import Testing

@Suite struct ContainerValidationTests {
    @Test(arguments: [
        PodFault(
            "a name in upper case", "containers: [{name: Web, image: x}]",
            "spec.containers[0].name: Invalid value: \"Web\": \(NameFault.label)"),
        PodFault(
            "an image with white space around it", "containers: [{name: a, image: \" x\"}]",
            "spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing whitespace"),
        PodFault(
            "three faults of a port's name", container: "ports: [{name: A--, containerPort: 1}]",
            "ports[0].name: Invalid value: \"A--\": must contain only alpha-numeric characters (a-z, 0-9), "
                + "and hyphens (-); must contain at least one letter (a-z); must not contain consecutive hyphens; "
                + "must not begin or end with a hyphen"),
        PodFault(
            "a port's name twice", container: "ports: [{name: a, containerPort: 1}, {name: a, containerPort: 2}]",
            "ports[1].name: Duplicate value: \"a\""),
        PodFault(
            "a host port out of range", container: "ports: [{containerPort: 1, hostPort: 65536}]",
            "ports[0].hostPort: Invalid value: 65536: must be between 1 and 65535, inclusive"),
        PodFault(
            "a port mapped on the host's network",
            "hostNetwork: true\ncontainers: [{name: a, image: x, ports: [{containerPort: 1, hostPort: 2}]}]",
            "spec.containers[0].ports[0].hostPort: Invalid value: 2: "
                + "must match `containerPort` when `hostNetwork` is true"),
        PodFault(
            "an init container's port mapped on the host's network, as upstream lets it",
            "hostNetwork: true\ninitContainers: [{name: a, image: x, ports: [{containerPort: 1, hostPort: 2}]}]"),
        PodFault(
            "a host port of two containers",
            """
            containers:
            - name: a
              image: x
              ports: [{containerPort: 1, hostPort: 9}, {containerPort: 1, hostPort: 9, protocol: UDP}]
            - {name: b, image: x, ports: [{containerPort: 2, hostPort: 9}]}
            initContainers: [{name: c, image: x, ports: [{containerPort: 2, hostPort: 9}]}]
            """,
            "spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//9\""),
        PodFault(
            "where last words are read from", container: "terminationMessagePolicy: Log",
            "terminationMessagePolicy: Unsupported value: \"Log\": "
                + "supported values: \"File\", \"FallbackToLogsOnError\""),
        PodFault(
            "containers for debugging", "ephemeralContainers: [{name: a, image: b, restartPolicy: Always}]",
            "spec.ephemeralContainers[0].restartPolicy: Forbidden: cannot be set for an Ephemeral Container",
            "spec.ephemeralContainers: Forbidden: cannot be set on create"),
    ])
    func finds(_ fault: PodFault) throws { try fault.check() }

    private static func variable(_ description: String, _ source: String, _ issues: String...) -> PodFault {
        var fault = PodFault(description, container: "env: [{name: A, valueFrom: {\(source)}}]")
        fault.issues = issues.map { "spec.containers[0].env[0].valueFrom\($0)" }
        return fault
    }

    @Test(arguments: [
        PodFault("no name", container: "env: [{value: a}]", "env[0].name: Required value"),
        variable(
            "two sources", "fieldRef: {fieldPath: metadata.name}, resourceFieldRef: {resource: limits.cpu}",
            ": Invalid value: \"\": may not have more than one field specified at a time"),
        variable(
            "an unknown field", "fieldRef: {fieldPath: spec.volumes}",
            ".fieldRef.fieldPath: Invalid value: \"spec.volumes\": "
                + "error converting fieldPath: field label not supported: spec.volumes"),
        variable(
            "a field that variables can't have", "fieldRef: {fieldPath: metadata.labels}",
            ".fieldRef.fieldPath: Unsupported value: \"metadata.labels\": supported values: \"metadata.name\", "
                + "\"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", "
                + "\"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\""),
        variable("a label", "fieldRef: {fieldPath: \"metadata.labels['a.b/c']\"}"),
        variable("an annotation in upper case", "fieldRef: {fieldPath: \"metadata.annotations['A.b/c']\"}"),
        variable("the old name of a field", "fieldRef: {fieldPath: spec.host}"),
        variable(
            "no label's name", "fieldRef: {fieldPath: \"metadata.labels['-']\"}",
            ".fieldRef.fieldPath: Invalid value: \"-\": \(NameFault.key)"),
        variable(
            "a part of what has none", "fieldRef: {fieldPath: \"metadata.name['a']\"}",
            ".fieldRef.fieldPath: Invalid value: \"metadata.name['a']\": "
                + "error converting fieldPath: field label does not support subscript: metadata.name['a']"),
        variable(
            "another version", "fieldRef: {apiVersion: v2, fieldPath: metadata.name}",
            ".fieldRef.fieldPath: Invalid value: \"metadata.name\": "
                + "error converting fieldPath: unsupported pod version: v2"),
        variable(
            "an unknown resource", "resourceFieldRef: {resource: limits.gpu}",
            ".resourceFieldRef.resource: Unsupported value: \"limits.gpu\": supported values: \"limits.cpu\", "
                + "\"limits.ephemeral-storage\", \"limits.memory\", \"requests.cpu\", "
                + "\"requests.ephemeral-storage\", \"requests.memory\""),
        variable(
            "parts of a CPU", "resourceFieldRef: {resource: limits.cpu, divisor: 1k}",
            ".resourceFieldRef.divisor: Invalid value: \"limits.cpu\": "
                + "only divisor's values 1m and 1 are supported with the cpu resource"),
        variable(
            "parts of the memory", "resourceFieldRef: {resource: requests.memory, divisor: 2}",
            ".resourceFieldRef.divisor: Invalid value: \"requests.memory\": only divisor's values 1, 1k, 1M, 1G, 1T, "
                + "1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource"),
        variable(
            "a file of no volume", "fileKeyRef: {volumeName: v, path: ../a, key: B}",
            ".fileKeyRef.path: Invalid value: \"../a\": must not contain '..'",
            ".fileKeyRef.volumeName: Not found: \"v\""),
        PodFault(
            "nothing to take variables from", container: "envFrom: [{prefix: \"a=\"}]",
            "envFrom[0].prefix: Invalid value: \"a=\": a valid environment variable name must consist only of "
                + "printable ASCII characters other than '='",
            "envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"),
    ])
    func findsInEnvironment(_ fault: PodFault) throws { try fault.check() }

    @Test(arguments: [
        PodFault("amounts as they should be", container: "resources: {limits: {cpu: 1500m, memory: 1Gi, a.b/c: 2}}"),
        PodFault(
            "a resource that only quotas have", container: "resources: {limits: {pods: 1}}",
            "resources.limits[pods]: Invalid value: \"pods\": must be a standard resource for containers",
            "resources.requests[pods]: Invalid value: \"pods\": must be a standard resource for containers"),
        PodFault(
            "a resource that looks like a quota's", container: "resources: {limits: {requests.a.b/c: 1}}",
            "resources.limits[requests.a.b/c]: Invalid value: \"requests.a.b/c\": "
                + "doesn't follow extended resource name standard",
            "resources.requests[requests.a.b/c]: Invalid value: \"requests.a.b/c\": "
                + "doesn't follow extended resource name standard"),
        PodFault(
            "half a device", container: "resources: {limits: {a.b/c: 500m}}",
            "resources.limits[a.b/c]: Invalid value: \"500m\": must be an integer",
            "resources.requests[a.b/c]: Invalid value: \"500m\": must be an integer"),
        PodFault(
            "devices requested without a limit", container: "resources: {requests: {a.b/c: 1}}",
            "resources.limits: Required value: Limit must be set for non overcommitable resources"),
        PodFault(
            "fewer devices than the limit", container: "resources: {requests: {a.b/c: 1}, limits: {a.b/c: 2}}",
            "resources.requests[a.b/c]: Invalid value: \"1\": must be equal to a.b/c limit of 2"),
        PodFault(
            "huge pages alone, and not whole", container: "resources: {limits: {hugepages-2Mi: 3Mi}}",
            "resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\": "
                + "3Mi is not positive integer multiple of hugepages-2Mi",
            "resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": "
                + "3Mi is not positive integer multiple of hugepages-2Mi",
            "resources: Forbidden: HugePages require cpu or memory"),
        PodFault(
            "claims that the pod doesn't have", container: "resources: {claims: [{name: a}, {name: a, request: b}]}",
            "resources.claims[0]: Not found: \"a\"", "resources.claims[1]: Duplicate value: \"a\"",
            "resources.claims[1]: Not found: \"a\""),
        PodFault(
            "claims of the pod", "resourceClaims: [{name: a}, {name: a, resourceClaimName: B}]",
            "spec.resourceClaims[0]: Invalid value: {\"name\":\"a\"}: "
                + "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            "spec.resourceClaims[1].name: Duplicate value: \"a\"",
            "spec.resourceClaims[1].resourceClaimName: Invalid value: \"B\": \(NameFault.subdomain)"),
        PodFault(
            "a pod smaller than its containers",
            """
            resources: {requests: {cpu: 1}, limits: {cpu: 1, storage: 1}}
            containers: [{name: a, image: x, resources: {limits: {cpu: 2, memory: 1Gi}}}]
            """,
            "spec.resources.limits[storage]: Unsupported value: \"storage\": "
                + "supported values: \"cpu\", \"hugepages-\", \"memory\"",
            "spec.resources.requests[cpu]: Invalid value: \"1\": "
                + "must be greater than or equal to aggregate container requests of 2",
            "spec.containers[0].resources.limits[cpu]: Invalid value: \"2\": "
                + "must be less than or equal to pod limits of 1"),
        PodFault(
            "what comes on top of the containers", "overhead: {cpu: -1, pods: 1}",
            "spec.overhead[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
            "spec.overhead[pods]: Invalid value: \"pods\": must be a standard resource for containers"),
        PodFault(
            "what a change of a resource costs",
            """
            restartPolicy: Never
            containers:
            - name: a
              image: x
              resizePolicy:
              - {resourceName: cpu, restartPolicy: RestartContainer}
              - {resourceName: gpu, restartPolicy: NotRequired}
            initContainers: [{name: b, image: x, resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]}]
            """,
            "spec.containers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": "
                + "must be 'NotRequired' when pod `restartPolicy` is 'Never'",
            "spec.containers[0].resizePolicy[1].resourceName: Unsupported value: \"gpu\": "
                + "supported values: \"cpu\", \"memory\"",
            "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": "
                + "must be 'NotRequired' when pod `restartPolicy` is 'Never'",
            "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": "
                + "must not be set to 'RestartContainer' for non-sidecar initContainers"),
    ])
    func findsInResources(_ fault: PodFault) throws { try fault.check() }

    @Test(arguments: [
        PodFault(
            "an HTTP probe",
            container: "livenessProbe: {httpGet: {port: \"\", scheme: ftp, httpHeaders: [{name: \"a b\"}]}}",
            "livenessProbe.httpGet.port: Invalid value: \"\": must contain only alpha-numeric characters (a-z, 0-9), "
                + "and hyphens (-); must contain at least one letter (a-z)",
            "livenessProbe.httpGet.scheme: Unsupported value: \"ftp\": supported values: \"HTTP\", \"HTTPS\"",
            "livenessProbe.httpGet.httpHeaders[0].name: Invalid value: \"a b\": a valid HTTP header must consist of "
                + "alphanumeric characters or '-' (e.g. 'X-Header-Name', "
                + "regex used for validation is '[-A-Za-z0-9]+')"),
        PodFault(
            "a gRPC probe without a port", container: "startupProbe: {grpc: {}}",
            "startupProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive"),
        PodFault("no command", container: "livenessProbe: {exec: {}}", "livenessProbe.exec.command: Required value"),
        PodFault(
            "numbers below zero",
            container: "readinessProbe: {tcpSocket: {port: 1}, initialDelaySeconds: -1, timeoutSeconds: -1, "
                + "periodSeconds: -1, successThreshold: -1, failureThreshold: -1}",
            "readinessProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0",
            "readinessProbe.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0",
            "readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0",
            "readinessProbe.successThreshold: Invalid value: -1: must be greater than or equal to 0",
            "readinessProbe.failureThreshold: Invalid value: -1: must be greater than or equal to 0"),
        PodFault(
            "grace periods of probes",
            container: "livenessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 0}, "
                + "readinessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 5}",
            "livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0",
            "readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes"),
        PodFault(
            "startup that must succeed twice", container: "startupProbe: {tcpSocket: {port: 1}, successThreshold: 2}",
            "startupProbe.successThreshold: Invalid value: 2: must be 1"),
        PodFault(
            "hooks", container: "lifecycle: {postStart: {}, preStop: {sleep: {seconds: -1}}}",
            "lifecycle.postStart: Required value: must specify a handler type",
            "lifecycle.preStop.sleep: Invalid value: -1: "
                + "must be non-negative and less than terminationGracePeriodSeconds (30)"),
        PodFault(
            "a stop signal of no system", container: "lifecycle: {stopSignal: SIGUSR1}",
            "lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`"),
        PodFault(
            "Linux signals",
            """
            os: {name: linux}
            containers: [{name: a, image: x, lifecycle: {stopSignal: SIGRTMIN+15}}]
            """),
        PodFault(
            "a signal that Windows hasn't",
            """
            os: {name: windows}
            containers: [{name: a, image: x, lifecycle: {stopSignal: SIGUSR1}}]
            """,
            "spec.containers[0].lifecycle.stopSignal: Unsupported value: \"SIGUSR1\": "
                + "supported values: \"SIGKILL\", \"SIGTERM\""),
        PodFault(
            "a sidecar may have what others may not",
            "initContainers: [{name: s, image: x, restartPolicy: Always, lifecycle: {preStop: {exec: {command: [a]}}}, "
                + "readinessProbe: {exec: {command: [a]}}}]"),
        PodFault(
            "an init container that is restarted on failure has no probes",
            "initContainers: [{name: s, image: x, restartPolicy: OnFailure, lifecycle: {}, "
                + "startupProbe: {exec: {command: [a]}}}]",
            "spec.initContainers[0].lifecycle: Forbidden: "
                + "may not be set for init containers without restartPolicy=Always",
            "spec.initContainers[0].startupProbe: Forbidden: "
                + "may not be set for init containers without restartPolicy=Always"),
        PodFault(
            "rules",
            container:
                "restartPolicy: Now, restartPolicyRules: [{action: Stop, exitCodes: {operator: Is}}, {action: Restart}]",
            "restartPolicy: Unsupported value: \"Now\": supported values: \"Always\", \"Never\", \"OnFailure\"",
            "restartPolicyRules[0].action: Unsupported value: \"Stop\": "
                + "supported values: \"Restart\", \"RestartAllContainers\"",
            "restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Is\": supported values: \"In\", \"NotIn\"",
            "restartPolicyRules[1].exitCodes: Required value: must be specified"),
        PodFault(
            "too many exit codes",
            container: "restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, "
                + "values: \((0...255).map { $0 })}}]",
            "restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items"),
        PodFault(
            "rules of an init container without a policy",
            "initContainers: [{name: i, image: x, restartPolicyRules: [{action: Restart}]}]",
            "spec.initContainers[0].restartPolicy: Required value: "
                + "must specify restartPolicy when restart rules are used"),
    ])
    func findsInLife(_ fault: PodFault) throws { try fault.check() }
}
