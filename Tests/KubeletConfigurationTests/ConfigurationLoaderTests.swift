import HostSystem
import StructuredData
import Testing

@testable import KubeletConfiguration

/// Loads configurations from files in a directory of their own.
final class ConfigurationLoaderTests {
    private let directory: String
    private static let heading = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
    private static let standalone =
        heading + "authentication: {webhook: {enabled: false}}\nauthorization: {mode: AlwaysAllow}\n"

    init() throws {
        directory = "/tmp/swiftlet-configuration-\(UInt64.random(in: 0...UInt64.max))"
        try HostFiles.createDirectory(directory, mode: 0o700)
    }

    deinit {
        // What is left behind under /tmp harms no other test.
        try? HostFiles.removeTree(directory)
    }

    private func write(_ text: String, to name: String) throws {
        try HostFiles.createDirectory(HostFiles.parent(of: "\(directory)/\(name)"))
        try HostFiles.writeAtomically(text, to: "\(directory)/\(name)")
    }

    private func load(_ arguments: String...) throws -> EffectiveConfiguration {
        try ConfigurationLoader(workingDirectory: directory).load(arguments: arguments)
    }

    private func messages(_ arguments: String...) -> [String] {
        do {
            _ = try ConfigurationLoader(workingDirectory: directory).load(arguments: arguments)
            return []
        } catch {
            return error.messages
        }
    }

    // MARK: Precedence

    @Test func eachStageOverridesTheOneBefore() throws {
        try write(
            Self.standalone + "maxPods: 20\nport: 10251\nsyncFrequency: 30s\nfileCheckFrequency: 5s\n",
            to: "config.yaml")
        try write(Self.heading + "maxPods: 30\nsyncFrequency: 40s\n", to: "d/10.conf")
        try write(Self.heading + "maxPods: 31\n", to: "d/20/a.conf")
        try write(Self.heading + "maxPods: 99\n", to: "d/30.yaml")
        let result = try load("--config=config.yaml", "--config-dir=d", "--sync-frequency=50s")
        #expect(result.configuration.fileCheckFrequency == .seconds(5))
        #expect(result.configuration.port == 10251)
        #expect(result.configuration.maxPods == 31)
        #expect(result.configuration.syncFrequency == .seconds(50))
        #expect(result.configuration.httpCheckFrequency == .seconds(20))
        #expect(result.warnings == [])
    }

    @Test func dropInsMergeMapsReplaceListsAndRemoveByNull() throws {
        try write(
            Self.standalone
                + "clusterDNS: [10.0.0.1, 10.0.0.2]\nfeatureGates: {A: true, B: true}\npodCIDR: 10.1.0.0/16\n",
            to: "config.yaml")
        try write(
            Self.heading + "clusterDNS: [10.0.0.3]\nfeatureGates: {B: false, C: true}\npodCIDR: null\n", to: "d/1.conf")
        try write(Self.heading + "evictionHard: {memory.available: 1Gi}\n", to: "d/2.conf")
        let configuration = try load("--config=config.yaml", "--config-dir=d", "--feature-gates=D=true").configuration
        #expect(configuration.clusterDNS == ["10.0.0.3"])
        #expect(configuration.featureGates == ["A": true, "B": false, "C": true, "D": true])
        #expect(configuration.podCIDR == "")
        #expect(configuration.evictionHard?["memory.available"] == "1Gi")
        #expect(configuration.evictionHard?["nodefs.available"] == "10%")
    }

    @Test func staticPodPathOfTheFileWinsOverFlags() throws {
        try write(
            Self.standalone + "staticPodPath: manifests\nstaticPodURL: http://one/\nstaticPodURLHeader: {k: [file]}\n",
            to: "config.yaml")
        let result = try load(
            "--config=config.yaml", "--pod-manifest-path=/other", "--manifest-url=http://user:secret@two/",
            "--manifest-url-header=k:flag")
        #expect(result.configuration.staticPodPath == "\(directory)/manifests")
        #expect(result.configuration.staticPodURL == "http://one/")
        #expect(result.configuration.staticPodURLHeader == ["k": ["file"]])
        #expect(
            result.warnings == [
                "--pod-manifest-path=/other, --manifest-url=http://<masked>@two/, --manifest-url-header are not used: "
                    + "staticPodPath \"\(directory)/manifests\" in config.yaml wins; comment that entry out to use the "
                    + "flags, or start with --static-pod-precedence=flags"
            ])
    }

    @Test func staticPodPathOfADropInWinsToo() throws {
        try write(Self.standalone, to: "config.yaml")
        try write(Self.heading + "staticPodPath: /drop\n", to: "d/1.conf")
        let result = try load("--config=config.yaml", "--config-dir=d", "--pod-manifest-path=/flag")
        #expect(result.configuration.staticPodPath == "/drop")
        #expect(result.warnings.count == 1)
        #expect(result.warnings[0].contains("in \(directory)/d/1.conf wins"))
    }

    @Test func theSamePathInFileAndFlagIsNoConflict() throws {
        try write(Self.standalone + "staticPodPath: /m\n", to: "config.yaml")
        let result = try load("--config=config.yaml", "--pod-manifest-path=/m/")
        #expect(result.configuration.staticPodPath == "/m")
        #expect(result.warnings == [])
    }

    @Test func flagsOfStaticPodsCountWithoutStaticPodPathInTheFile() throws {
        try write(Self.standalone + "staticPodURL: http://one/\n", to: "config.yaml")
        let result = try load("--config=config.yaml", "--pod-manifest-path=/m", "--manifest-url=http://two/")
        #expect(result.configuration.staticPodPath == "/m")
        #expect(result.configuration.staticPodURL == "http://two/")
        #expect(result.warnings == [])
    }

    @Test func precedenceOfFlagsRestoresUpstreamsOrder() throws {
        try write(Self.standalone + "staticPodPath: /m\n", to: "config.yaml")
        let result = try load("--config=config.yaml", "--pod-manifest-path=/flag", "--static-pod-precedence=flags")
        #expect(result.configuration.staticPodPath == "/flag")
        #expect(result.warnings == [])
    }

    @Test func pathsInAFileStartFromItsDirectory() throws {
        try write(
            Self.standalone + "staticPodPath: ../m\npodLogsDir: logs\n", to: "sub/config.yaml")
        let configuration = try load("--config=sub/config.yaml").configuration
        #expect(configuration.staticPodPath == "\(directory)/m")
        #expect(configuration.podLogsDir == "\(directory)/sub/logs")
    }

    @Test func jsonIsReadToo() throws {
        try write(
            #"{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","maxPods":7,"#
                + #""authentication":{"webhook":{"enabled":false}},"authorization":{"mode":"AlwaysAllow"}}"#,
            to: "config.json")
        #expect(try load("--config=config.json").configuration.maxPods == 7)
    }

    // MARK: Locked doors

    @Test func withoutAFileNobodyIsAdmitted() throws {
        let configuration = try load().configuration
        #expect(configuration.authentication.anonymous.enabled == false)
        #expect(configuration.authentication.webhook.enabled == false)
        #expect(configuration.authorization.mode == "AlwaysAllow")
        #expect(configuration.readOnlyPort == 0)
        #expect(configuration.address == "127.0.0.1")
        #expect(configuration.evictionHard == nil)
    }

    @Test func aClientCAOpensTheNetwork() throws {
        #expect(try load("--client-ca-file=/ca.crt").configuration.address == "0.0.0.0")
        #expect(try load("--kubeconfig=/k.conf").configuration.address == "0.0.0.0")
    }

    @Test func anAddressWithoutClientCAIsWarnedAbout() throws {
        let result = try load("--address=192.0.2.7")
        #expect(result.configuration.address == "127.0.0.1")
        #expect(
            result.warnings == [
                "address 192.0.2.7 is not used: without --kubeconfig and authentication.x509.clientCAFile the server "
                    + "listens on 127.0.0.1 only"
            ])
    }

    @Test func standaloneWithAFileNeedsTheWebhooksOff() throws {
        try write(Self.heading, to: "config.yaml")
        #expect(
            messages("--config=config.yaml") == [
                "invalid configuration: webhook authentication needs an API server: give --kubeconfig, or set "
                    + "authentication.webhook.enabled to false",
                "invalid configuration: webhook authorization needs an API server: give --kubeconfig, or set "
                    + "authorization.mode to AlwaysAllow",
            ])
        #expect(messages("--config=config.yaml", "--kubeconfig=/k.conf") == [])
    }

    // MARK: Bad input

    @Test func badFilesAreToldWithTheirPlace() throws {
        let cases: [(text: String, messages: [String])] = [
            (
                Self.heading + "maxPod: 3\n",
                ["c.yaml:3:1: unknown field \"maxPod\", did you mean \"maxPods\"?"]
            ),
            (
                Self.heading + "authentication:\n  anonymous:\n    enable: true\n",
                ["c.yaml:5:5: unknown field \"enable\", did you mean \"enabled\"? in authentication.anonymous"]
            ),
            (
                Self.heading + "maxPods: many\nport: \"10250\"\n",
                [
                    "c.yaml:3:10: maxPods: expected a whole number, found string \"many\"",
                    "c.yaml:4:7: port: expected a whole number, found string \"10250\"",
                ]
            ),
            (
                Self.heading + "syncFrequency: 60\n",
                ["c.yaml:3:16: syncFrequency: expected a duration such as \"20s\", found number 60"]
            ),
            (
                Self.heading + "clusterDNS: 10.0.0.1\n",
                ["c.yaml:3:13: clusterDNS: expected a list, found string \"10.0.0.1\""]
            ),
            (
                Self.heading + "maxPods: 3\nmaxPods: 4\n", ["c.yaml:4:1: field \"maxPods\" is given twice"]
            ),
            (
                "kind: Pod\napiVersion: v1\n",
                [
                    "c.yaml:1:7: expected kind KubeletConfiguration, found \"Pod\"",
                    "c.yaml:2:13: expected apiVersion kubelet.config.k8s.io/v1beta1, found \"v1\"",
                ]
            ),
            (
                "maxPods: 3\n",
                [
                    "c.yaml:1:1: expected kind KubeletConfiguration, which is missing",
                    "c.yaml:1:1: expected apiVersion kubelet.config.k8s.io/v1beta1, which is missing",
                ]
            ),
            ("just words\n", ["c.yaml:1:1: not a KubeletConfiguration object"]),
        ]
        for (text, expected) in cases {
            try write(text, to: "c.yaml")
            #expect(messages("--config=c.yaml") == expected)
        }
    }

    @Test(arguments: ["", "a: [1\n", "a: 1\n\tb: 2\n", "# nothing\n"])
    func whatIsNoDocumentIsOneLine(text: String) throws {
        try write(text, to: "c.yaml")
        let lines = messages("--config=c.yaml")
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("c.yaml:") == true)
    }

    @Test func unreadableFilesAreOneLine() throws {
        #expect(
            messages("--config=none.yaml") == [
                "kubelet configuration none.yaml: cannot read \(directory)/none.yaml: no such file or directory"
            ])
        #expect(messages("--config=\(directory)").count == 1)
        #expect(messages("--config-dir=none") == ["--config-dir \(directory)/none: no such directory"])
    }

    @Test func theNameOfABadDropInIsTold() throws {
        try write(Self.standalone, to: "config.yaml")
        try write(Self.heading + "bogus: 1\n", to: "d/1.conf")
        #expect(
            messages("--config=config.yaml", "--config-dir=d") == ["\(directory)/d/1.conf:3:1: unknown field \"bogus\""]
        )
    }

    @Test func allWrongValuesAreToldAtOnce() throws {
        let lines = messages(
            "--port=0", "--healthz-port=70000", "--max-pods=-1", "--node-ip=x", "--runonce",
            "--container-runtime-endpoint=containerd.sock", "--allowed-unsafe-sysctls=net.*,kernel.*,net.-x")
        #expect(
            lines == [
                "invalid configuration: port 0 must be between 1 and 65535",
                "invalid configuration: healthzPort 70000 must be between 0 and 65535",
                "invalid configuration: containerRuntimeEndpoint \"containerd.sock\" must be of the form "
                    + "unix:///path/of/socket",
                "invalid configuration: maxPods -1 must not be negative",
                "invalid configuration: runOnce (--runonce) is no longer a mode of the kubelet and must not be set",
                "invalid configuration: allowedUnsafeSysctls \"kernel.*\" is not known to be namespaced",
                "invalid configuration: allowedUnsafeSysctls \"net.-x\" is no name of a sysctl, nor one ending in *",
                "invalid configuration: --node-ip \"x\" is not an IP address",
            ])
    }

    @Test(
        "values that don't go together",
        arguments: [
            ("maxParallelImagePulls: 4\nserializeImagePulls: true", "needs serializeImagePulls: false"),
            ("imageGCLowThresholdPercent: 90", "must be less than imageGCHighThresholdPercent 85"),
            ("enforceNodeAllocatable: [none, pods]", "none excludes all others"),
            ("enforceNodeAllocatable: [kube-reserved]", "needs kubeReservedCgroup"),
            ("cgroupsPerQOS: false", "needs cgroupsPerQOS: true"),
            ("crashLoopBackOff: {maxContainerRestartPeriod: 10m}", "10m0s must be between 1s and 300s"),
            ("systemReserved: {gpu: \"1\"}", "gpu cannot be reserved"),
            ("kubeReserved: {cpu: \"-1\"}", "kubeReserved: cpu -1 must not be negative"),
            ("kubeReserved: {memory: lots}", "memory \"lots\" is not a quantity"),
            ("reservedSystemCPUs: 3-1", "\"3-1\" is no list of processors"),
            ("systemCgroups: /x", "needs cgroupRoot"),
            ("tlsCertFile: /c.pem", "must be set together"),
            ("podLogsDir: /var/log/pods/", "must be written as \"/var/log/pods\""),
            ("readOnlyPort: 10250", "is already the server's port"),
            ("registerWithTaints: [{key: a, effect: Never}]", "must be one of NoSchedule"),
            ("authorization: {mode: Always}", "must be one of AlwaysAllow, Webhook"),
            ("tlsMinVersion: VersionTLS13", "tlsMinVersion cannot be \"VersionTLS13\""),
            ("enableSystemLogQuery: true", "enableSystemLogQuery cannot be true"),
        ])
    func contradiction(line: String, fragment: String) throws {
        try write(Self.heading + line + "\n", to: "config.yaml")
        let lines = messages("--config=config.yaml", "--kubeconfig=/k.conf")
        #expect(lines.count == 1)
        #expect(lines.first?.contains(fragment) == true, "\(lines)")
    }

    @Test func bootstrapNeedsTheKubeconfigToBeThere() throws {
        try write("", to: "k.conf")
        #expect(messages("--kubeconfig=k.conf", "--bootstrap-kubeconfig=b.conf") == [])
        #expect(messages("--kubeconfig=none.conf", "--bootstrap-kubeconfig=b.conf").count == 1)
    }

    @Test func labelsOfUpstreamsDomainsAreChecked() {
        #expect(messages("--node-labels=a=b,node.kubernetes.io/x=y,kubernetes.io/os=linux") == [])
        #expect(messages("--node-labels=node-role.kubernetes.io/control-plane=").count == 1)
        #expect(messages("--node-labels=a=b c").count == 1)
    }

    // MARK: Fields without effect

    @Test func aFileAsKubeadmWritesItIsTaken() throws {
        try write(
            """
            apiVersion: kubelet.config.k8s.io/v1beta1
            authentication:
              anonymous: {enabled: false}
              webhook: {cacheTTL: 0s, enabled: true}
              x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}
            authorization:
              mode: Webhook
              webhook: {cacheAuthorizedTTL: 0s, cacheUnauthorizedTTL: 0s}
            cgroupDriver: systemd
            clusterDNS: [10.96.0.10]
            clusterDomain: cluster.local
            containerRuntimeEndpoint: ""
            cpuManagerReconcilePeriod: 0s
            crashLoopBackOff: {}
            evictionPressureTransitionPeriod: 0s
            fileCheckFrequency: 0s
            healthzBindAddress: 127.0.0.1
            healthzPort: 10248
            httpCheckFrequency: 0s
            imageMaximumGCAge: 0s
            imageMinimumGCAge: 0s
            kind: KubeletConfiguration
            logging:
              flushFrequency: 0
              options:
                json: {infoBufferSize: "0"}
                text: {infoBufferSize: 0}
              verbosity: 0
            memorySwap: {}
            nodeStatusReportFrequency: 0s
            nodeStatusUpdateFrequency: 0s
            resolvConf: /run/systemd/resolve/resolv.conf
            rotateCertificates: true
            runtimeRequestTimeout: 0s
            shutdownGracePeriod: 0s
            shutdownGracePeriodCriticalPods: 0s
            staticPodPath: /etc/kubernetes/manifests
            streamingConnectionIdleTimeout: 0s
            syncFrequency: 0s
            volumeStatsAggPeriod: 0s

            """, to: "config.yaml")
        try write("", to: "kubelet.conf")
        let result = try load(
            "--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf", "--kubeconfig=kubelet.conf",
            "--config=config.yaml", "--pod-infra-container-image=registry.k8s.io/pause:3.10")
        #expect(
            result.warnings == [
                "flag --pod-infra-container-image has no effect: the runtime's configuration names the pause image",
                "rotateCertificates is set, but has no effect yet",
            ])
        #expect(result.configuration.syncFrequency == .minutes(1))
        #expect(result.configuration.containerRuntimeEndpoint == "unix:///run/containerd/containerd.sock")
    }

    @Test func fieldsWithoutEffectAreWarnedAbout() throws {
        try write(
            Self.standalone
                + "cpuManagerPolicy: static\nmaxPods: 5\nmemorySwap: {swapBehavior: LimitedSwap}\n",
            to: "config.yaml")
        let result = try load("--config=config.yaml", "--qos-reserved=memory=50%")
        #expect(
            result.warnings == [
                "cpuManagerPolicy is set, but has no effect yet", "qosReserved is set, but has no effect yet",
                "memorySwap.swapBehavior is set, but has no effect yet",
            ])
    }

    @Test func whatIsDoneAnywayIsNotWarnedAbout() throws {
        try write(
            Self.standalone + "memorySwap: {swapBehavior: NoSwap}\nsingleProcessOOMKill: true\n", to: "config.yaml")
        #expect(try load("--config=config.yaml").warnings.isEmpty)
    }

    @Test func helpAndVersionReadNoFile() throws {
        #expect(try load("--help", "--config=none.yaml").flags.printsHelp)
        #expect(try load("-h").flags.printsHelp)
        #expect(try load("--version", "--config=none.yaml").flags.printsVersion)
        #expect(try load("--version=raw").flags.printsVersion)
    }
}
