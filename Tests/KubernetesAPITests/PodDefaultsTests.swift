import KubernetesAPI
import StructuredData
import Testing

@Suite struct PodDefaultsTests {
    @Test func theSmallestPodGetsUpstreamsDefaults() throws {
        let spec = try decodePod(spec: "").withDefaults().spec
        #expect(
            spec.encoded() == [
                "containers": [
                    [
                        "name": "web", "image": "nginx", "imagePullPolicy": "Always", "resources": [:],
                        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                    ]
                ],
                "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "terminationGracePeriodSeconds": 30,
                "securityContext": [:], "schedulerName": "default-scheduler", "enableServiceLinks": true,
            ])
    }

    @Test(arguments: [
        ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.27", "IfNotPresent"),
        ("localhost:5000/nginx", "Always"), ("localhost:5000/nginx:1", "IfNotPresent"),
        ("nginx@sha256:abcd", "IfNotPresent"), ("nginx:latest@sha256:abcd", "Always"), ("NGINX", "IfNotPresent"),
        ("", "IfNotPresent"),
    ])
    func pullPolicyFollowsTheTag(image: String, policy: String) {
        #expect(PullPolicy.defaultPolicy(ofImage: image).rawValue == policy)
    }

    @Test func probesAndHooksAreCompleted() throws {
        let spec = try decodePod(
            spec: """
                containers:
                - name: web
                  image: nginx
                  livenessProbe: {httpGet: {port: 80}}
                  startupProbe: {grpc: {port: 1}, periodSeconds: 3}
                  lifecycle: {preStop: {httpGet: {port: 80}}}
                """
        ).withDefaults().spec
        let container = spec.containers[0]
        #expect(
            container.livenessProbe?.encoded() == [
                "httpGet": ["path": "/", "port": 80, "scheme": "HTTP"], "timeoutSeconds": 1, "periodSeconds": 10,
                "successThreshold": 1, "failureThreshold": 3,
            ])
        #expect(container.startupProbe?.periodSeconds == 3)
        #expect(container.startupProbe?.grpc?.service == "")
        #expect(container.lifecycle?.preStop?.httpGet?.scheme == .http)
    }

    @Test func portsOfTheHostNetworkAreTheHosts() throws {
        let text = "hostNetwork: true\ncontainers: [{name: a, image: b, ports: [{containerPort: 80}]}]"
        let port = try decodePod(spec: text).withDefaults().spec.containers[0].ports[0]
        #expect(port.hostPort == 80)
        #expect(port.protocol == .tcp)
    }

    @Test func requestsAreTakenFromLimits() throws {
        let text =
            "containers: [{name: a, image: b, resources: {limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 100m}}}]"
        let resources = try decodePod(spec: text).withDefaults().spec.containers[0].resources
        #expect(resources.requests == ["cpu": "100m", "memory": "1Gi"])
    }

    @Test func volumesAreCompleted() throws {
        let text = """
            volumes:
            - {name: a}
            - {name: b, hostPath: {path: /srv}}
            - {name: c, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
            - name: d
              projected: {sources: [{downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}]}
            - {name: e, image: {reference: "x:1"}}
            """
        let volumes = try decodePod(spec: text).withDefaults().spec.volumes
        #expect(volumes[0].emptyDir == EmptyDirVolumeSource())
        #expect(volumes[1].hostPath?.type == .unset)
        #expect(volumes[2].downwardAPI?.defaultMode == 0o644)
        #expect(volumes[2].downwardAPI?.items[0].fieldRef?.apiVersion == "v1")
        #expect(volumes[3].projected?.sources[0].downwardAPI?.items[0].fieldRef?.apiVersion == "v1")
        #expect(volumes[4].image?.pullPolicy == .ifNotPresent)
    }

    @Test func podResourcesAreCompletedFromContainers() throws {
        let text = """
            resources: {limits: {cpu: 2, memory: 1Gi}}
            containers: [{name: a, image: b, resources: {requests: {cpu: 500m}}}]
            initContainers:
            - {name: side, image: b, restartPolicy: Always, resources: {requests: {cpu: 250m}}}
            - {name: init, image: b, resources: {requests: {cpu: 100m}}}
            """
        let spec = try decodePod(spec: text).withDefaults().spec
        #expect(spec.resources?.requests == ["cpu": "750m", "memory": "1Gi"])
        #expect(spec.aggregateRequests == ["cpu": "750m"])
    }

    /// Rows of upstream's `ComputePodQOS` and `PodRequests`.
    @Test(
        "a pod's own resources count for those of its containers",
        arguments: [
            ("{limits: {cpu: 2, memory: 1Gi}}", PodQOSClass.guaranteed, ["cpu": "500m", "memory": "1Gi"], "2"),
            ("{requests: {cpu: 2}}", .burstable, ["cpu": "2"], nil),
            ("{limits: {cpu: 2}, requests: {cpu: 1}}", .burstable, ["cpu": "1"], "2"),
            ("{requests: {memory: 0}}", .bestEffort, ["cpu": "500m", "memory": "0"], nil),
            ("{}", .burstable, ["cpu": "500m"], nil),
            ("{requests: {example.com/a: 1}}", .burstable, ["cpu": "500m"], nil),
        ] as [(String, PodQOSClass, ResourceList, Quantity?)])
    func ownResources(_ own: String, _ qosClass: PodQOSClass, _ requests: ResourceList, _ limit: Quantity?) throws {
        let pod = try decodePod(
            spec: """
                resources: \(own)
                containers: [{name: a, image: b, resources: {requests: {cpu: 500m}}}]
                """)
        #expect(pod.qosClass == qosClass)
        var complete = pod
        complete.setDefaults()
        #expect(complete.spec.podRequests.merging(requests) { $1 } == complete.spec.podRequests)
        #expect(complete.spec.effectiveLimits(of: complete.spec.containers[0])["cpu"] == limit)
        complete.spec.overhead = ["cpu": "1"]
        #expect(complete.spec.podLimits["cpu"] == limit.map { $0 + "1" })
    }

    @Test func defaultingTwiceChangesNothing() throws {
        let pod = try decodePod(spec: "volumes: [{name: a}]\nhostNetwork: true").withDefaults()
        #expect(pod.withDefaults() == pod)
    }
}
