import KubernetesAPI
import StructuredData
import Testing

@testable import APIServer

private let now = Timestamp(seconds: 1_800_000_000)

private func ago(_ seconds: Int64) -> JSONValue { .string(now.adding(seconds: -seconds).rfc3339) }

@Suite struct HumanDurationTests {
    @Test(
        arguments: [
            (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"), (10_800, "3h"), (10_860, "3h1m"), (28_799, "7h59m"), (28_800, "8h"), (172_799, "47h"),
            (172_800, "2d"), (176_400, "2d1h"), (691_200, "8d"), (63_072_000, "2y"), (63_158_400, "2y1d"),
            (252_288_000, "8y"),
        ] as [(Int64, String)]) func agesArePrintedAsUpstreamDoes(_ seconds: Int64, _ text: String)
    {
        #expect(HumanDuration.text(seconds: seconds) == text)
    }
}

@Suite struct PodTableTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var spec: JSONValue = ["containers": [["name": "a"]], "nodeName": "n1"]
        var status: JSONValue
        var metadata: JSONValue = [:]
        /// Ready, status, restarts.
        var cells: [JSONValue]

        var testDescription: String { name }
    }

    private static let running: JSONValue = ["running": [:]]
    private static let twoContainers: JSONValue = ["containers": [["name": "a"], ["name": "b"]]]
    private static let withInit: JSONValue = [
        "containers": [["name": "a"]], "initContainers": [["name": "i"], ["name": "j"]],
    ]
    private static let withSidecar: JSONValue = [
        "containers": [["name": "a"]], "initContainers": [["name": "s", "restartPolicy": "Always"]],
    ]

    static let cases = [
        Case(
            name: "running",
            status: [
                "phase": "Running", "containerStatuses": [["ready": true, "state": running, "restartCount": 0]],
            ], cells: ["1/1", "Running", "0"]),
        Case(name: "pending", status: ["phase": "Pending"], cells: ["0/1", "Pending", "0"]),
        Case(
            name: "creating",
            status: [
                "phase": "Pending", "containerStatuses": [["state": ["waiting": ["reason": "ContainerCreating"]]]],
            ], cells: ["0/1", "ContainerCreating", "0"]),
        Case(
            name: "crashing",
            status: [
                "phase": "Running",
                "containerStatuses": [
                    [
                        "restartCount": 3, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
                        "lastState": ["terminated": ["finishedAt": ago(5)]],
                    ]
                ],
            ], cells: ["0/1", "CrashLoopBackOff", "3 (5s ago)"]),
        Case(
            name: "completed",
            status: [
                "phase": "Succeeded",
                "containerStatuses": [["state": ["terminated": ["reason": "Completed", "exitCode": 0]]]],
            ], cells: ["0/1", "Completed", "0"]),
        Case(
            name: "ended without a reason",
            status: ["phase": "Failed", "containerStatuses": [["state": ["terminated": ["exitCode": 3]]]]],
            cells: ["0/1", "ExitCode:3", "0"]),
        Case(
            name: "ended by a signal",
            status: [
                "phase": "Failed", "containerStatuses": [["state": ["terminated": ["signal": 9, "exitCode": 1]]]],
            ],
            cells: ["0/1", "Signal:9", "0"]),
        Case(
            name: "one of two completed", spec: twoContainers,
            status: [
                "phase": "Running", "conditions": [["type": "Ready", "status": "False"]],
                "containerStatuses": [
                    ["state": ["terminated": ["reason": "Completed", "exitCode": 0]]],
                    ["ready": true, "state": running],
                ],
            ], cells: ["1/2", "NotReady", "0"]),
        Case(
            name: "first init container", spec: withInit,
            status: ["phase": "Pending", "initContainerStatuses": [["name": "i", "state": running]]],
            cells: ["0/1", "Init:0/2", "0"]),
        Case(
            name: "failed init container", spec: withInit,
            status: [
                "phase": "Pending",
                "initContainerStatuses": [
                    ["name": "i", "state": ["terminated": ["exitCode": 0]]],
                    ["name": "j", "restartCount": 2, "state": ["waiting": ["reason": "CrashLoopBackOff"]]],
                ],
            ], cells: ["0/1", "Init:CrashLoopBackOff", "2"]),
        Case(
            name: "sidecar", spec: withSidecar,
            status: [
                "phase": "Running",
                "initContainerStatuses": [["name": "s", "started": true, "ready": true, "state": running]],
                "containerStatuses": [["ready": true, "state": running]],
            ], cells: ["2/2", "Running", "0"]),
        Case(
            name: "terminating",
            status: ["phase": "Running", "containerStatuses": [["ready": true, "state": running]]],
            metadata: ["deletionTimestamp": ago(-30)], cells: ["1/1", "Terminating", "0"]),
        Case(
            name: "stated reason", status: ["phase": "Failed", "reason": "Evicted"], cells: ["0/1", "Evicted", "0"]),
    ]

    @Test(arguments: cases) func aPodIsPrinted(_ given: Case) {
        var pod: JSONValue = ["metadata": given.metadata, "spec": given.spec, "status": given.status]
        pod.setMetadata("name", "web")
        let cells = TableSchema.pods.cells(pod, now)
        #expect(Array(cells[1...3]) == given.cells)
        #expect(cells.count == TableSchema.pods.columns.count)
    }

    @Test func wideColumnsSayNoneWhereThereIsNothing() {
        let pod: JSONValue = [
            "metadata": ["name": "web", "creationTimestamp": ago(70)], "spec": ["containers": []], "status": [:],
        ]
        #expect(
            TableSchema.pods.cells(pod, now) == [
                "web", "0/0", "", "0", "70s", "<none>", "<none>", "<none>", "<none>",
            ])
    }
}

@Suite struct OtherTableTests {
    @Test func aNodeIsPrinted() {
        let node: JSONValue = [
            "metadata": [
                "name": "n1", "creationTimestamp": ago(3600 * 24 * 3),
                "labels": ["node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": ""],
            ],
            "spec": ["unschedulable": true],
            "status": [
                "conditions": [["type": "Ready", "status": "True"]],
                "addresses": [["type": "InternalIP", "address": "10.0.0.1"]],
                "nodeInfo": [
                    "kubeletVersion": "v1.33.0", "osImage": "Debian", "containerRuntimeVersion": "containerd://1",
                ],
            ],
        ]
        #expect(
            TableSchema.nodes.cells(node, now) == [
                "n1", "Ready,SchedulingDisabled", "control-plane,worker", "3d", "v1.33.0", "10.0.0.1", "<none>",
                "Debian", "<unknown>", "containerd://1",
            ])
    }

    @Test func anEventIsPrinted() {
        let event: JSONValue = [
            "metadata": ["name": "web.1"], "type": "Warning", "reason": "BackOff", "message": " restarting\n",
            "count": 3, "firstTimestamp": ago(120), "lastTimestamp": ago(5),
            "involvedObject": ["kind": "Pod", "name": "web", "fieldPath": "spec.containers{a}"],
            "source": ["component": "kubelet", "host": "n1"],
        ]
        #expect(
            TableSchema.events.cells(event, now) == [
                "5s", "Warning", "BackOff", "pod/web", "spec.containers{a}", "kubelet, n1", "restarting", "2m", 3,
                "web.1",
            ])
    }

    @Test func rowsCarryWhatTheClientAskedFor() {
        let lease: JSONValue = [
            "metadata": ["name": "n1"], "spec": ["holderIdentity": "n1"],
        ]
        let schema = TableSchema.leases
        #expect(schema.row(lease, includes: .none, version: "v1", now: now)["object"] == .null)
        #expect(
            schema.row(lease, includes: .metadata, version: "v1", now: now)["object"]?["kind"]
                == "PartialObjectMetadata")
        #expect(schema.row(lease, includes: .object, version: "v1", now: now)["object"] == lease)
        #expect(schema.cells(lease, now) == ["n1", "n1", "<unknown>"])
    }
}
