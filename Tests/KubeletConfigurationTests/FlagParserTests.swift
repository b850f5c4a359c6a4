import KubernetesAPI
import Testing

@testable import KubeletConfiguration

struct FlagParserTests {
    private func settings(_ arguments: String...) throws -> KubeletSettings {
        var settings = KubeletSettings()
        try FlagParser.parse(arguments).apply(to: &settings)
        return settings
    }

    @Test func valuesFollowOrAreJoined() throws {
        let parsed = try settings(
            "--port=1234", "--node-status-update-frequency", "30s", "--pod_manifest_path=/m", "--oom-score-adj", "-5")
        #expect(parsed.configuration.port == 1234)
        #expect(parsed.configuration.nodeStatusUpdateFrequency == .seconds(30))
        #expect(parsed.configuration.staticPodPath == "/m")
        #expect(parsed.configuration.oomScoreAdj == -5)
    }

    @Test func booleansNeedNoValueAndTakeNoNextArgument() throws {
        let parsed = try settings("--fail-swap-on=false", "--anonymous-auth", "--register-node=F", "--port=1")
        #expect(parsed.configuration.failSwapOn == false)
        #expect(parsed.configuration.authentication.anonymous.enabled)
        #expect(parsed.configuration.registerNode == false)
        #expect(parsed.configuration.port == 1)
    }

    @Test(
        "verbosity is read in each notation",
        arguments: [["-v", "4"], ["-v=4"], ["-v4"], ["--v=4"], ["--v", "4"]])
    func verbosity(arguments: [String]) throws {
        var settings = KubeletSettings()
        try FlagParser.parse(arguments).apply(to: &settings)
        #expect(settings.configuration.logging.verbosity == 4)
    }

    @Test func listsAndMapsMayBeRepeated() throws {
        let parsed = try settings(
            "--cluster-dns=10.0.0.1,10.0.0.2", "--cluster-dns=10.0.0.3", "--node-labels=a=b,c=d", "--node-labels=e=",
            "--feature-gates=A=true,B=false", "--eviction-hard=memory.available<1Gi,nodefs.available<10%",
            "--system-reserved=cpu=200m,memory=150Mi")
        #expect(parsed.configuration.clusterDNS == ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
        #expect(parsed.flags.nodeLabels == ["a": "b", "c": "d", "e": ""])
        #expect(parsed.configuration.featureGates == ["A": true, "B": false])
        #expect(parsed.configuration.evictionHard == ["memory.available": "1Gi", "nodefs.available": "10%"])
        #expect(parsed.configuration.systemReserved == ["cpu": "200m", "memory": "150Mi"])
    }

    @Test func headersKeepSeveralValuesOfAName() throws {
        let parsed = try settings("--manifest-url-header=a:hello,b:again,c:x:y", "--manifest-url-header", "b:beautiful")
        #expect(
            parsed.configuration.staticPodURLHeader == ["a": ["hello"], "b": ["again", "beautiful"], "c": ["x:y"]])
    }

    @Test func taintsAndReservedMemory() throws {
        let parsed = try settings(
            "--register-with-taints=a=b:NoSchedule,c:NoExecute", "--reserved-memory=0:memory=1Gi,hugepages-2Mi=64Mi",
            "--reserved-memory=1:memory=2Gi")
        #expect(parsed.configuration.registerWithTaints.map(\.key) == ["a", "c"])
        #expect(parsed.configuration.registerWithTaints.map(\.value) == ["b", ""])
        #expect(parsed.configuration.registerWithTaints.map(\.effect.rawValue) == ["NoSchedule", "NoExecute"])
        #expect(parsed.configuration.reservedMemory.map(\.numaNode) == [0, 1])
        #expect(parsed.configuration.reservedMemory[0].limits.keys.sorted() == ["hugepages-2Mi", "memory"])
    }

    @Test(
        "a wrong argument is told in one line",
        arguments: [
            (["--pod-manifest-pat=/m"], "unknown flag: --pod-manifest-pat, did you mean --pod-manifest-path?"),
            (["--xyzzyxyzzy"], "unknown flag: --xyzzyxyzzy"),
            (["-config=x"], "unknown flag: -config=x, did you mean --config?"),
            (["-x"], "unknown flag: -x"),
            (["--port=ten"], "invalid value \"ten\" for --port: not a whole number"),
            (["--port=3000000000"], "invalid value \"3000000000\" for --port: not between -2147483648 and 2147483647"),
            (["--port"], "flag needs a value: --port"),
            (["-v"], "flag needs a value: -v"),
            (["-vx"], "invalid value \"x\" for -v: not a whole number"),
            (["--fail-swap-on=maybe"], "invalid value \"maybe\" for --fail-swap-on: neither true nor false"),
            (
                ["--sync-frequency=60"],
                "invalid value \"60\" for --sync-frequency: not a duration such as 20s, 1m30s or 100ms"
            ),
            (["--address=localhost"], "invalid value \"localhost\" for --address: not an IP address"),
            (["--node-labels=a"], "invalid value \"a\" for --node-labels: \"a\" is not of the form key=value"),
            (["--manifest-url-header=secret"], "invalid value for --manifest-url-header: not of the form name:value"),
            (
                ["--static-pod-precedence=file"],
                "invalid value \"file\" for --static-pod-precedence: must be config or flags"
            ),
            (["--feature-gates=A=2"], "invalid value \"A=2\" for --feature-gates: neither true nor false"),
            (["run"], "unexpected argument \"run\": the kubelet takes flags only"),
            (["--fail-swap-on", "false"], "unexpected argument \"false\": the kubelet takes flags only"),
            (["--", "x"], "unexpected argument \"x\": the kubelet takes flags only"),
            (
                ["--lock-file=/l"],
                "flag --lock-file is not supported: the kubelet locks its root directory, no other file"
            ),
        ])
    func wrongArgument(arguments: [String], message: String) {
        let error = #expect(throws: KubeletConfigurationError.self) { try FlagParser.parse(arguments) }
        #expect(error?.messages == [message])
    }

    @Test func flagsWithoutEffectAreWarnedAboutOnce() throws {
        let uses = try FlagParser.parse([
            "--pod-infra-container-image=pause:3.9", "--pod-infra-container-image=pause:3.10", "--lock-file=",
            "--port=1",
        ])
        #expect(
            uses.warnings == [
                "flag --pod-infra-container-image has no effect: the runtime's configuration names the pause image"
            ])
    }

    @Test func eachFlagIsThereOnceAndInHelp() {
        let names = FlagTable.all.map(\.name)
        #expect(Set(names).count == names.count)
        let help = FlagHelp.text(program: "kubelet")
        for name in names {
            #expect(help.contains("--\(name)"))
        }
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 110 })
        #expect(help.contains("  -v, --v int\n"))
        #expect(help.contains("(default 20s)"))
    }
}
