import KubernetesAPI
import PodLifecycle
import TestSupport
import Testing

/// When pods have to go for want of something, and which.
struct EvictionTests {
    private func settings(
        hard: [String: String] = [:], soft: [String: String] = [:], patience: [String: Duration] = [:],
        reclaim: [String: String] = [:]
    ) throws -> EvictionSettings {
        try EvictionSettings(
            hard: hard, soft: soft, softGracePeriods: patience, minimumReclaim: reclaim,
            transitionPeriod: .seconds(300), maxPodGracePeriod: 0)
    }

    private func record(_ settings: EvictionSettings) -> EvictionRecord {
        EvictionRecord(thresholds: settings.thresholds, transitionPeriod: settings.transitionPeriod)
    }

    private func memory(_ available: Int64) -> [EvictionSignal: SignalObservation] {
        [.memoryAvailable: SignalObservation(available: available, capacity: 1000)]
    }

    private func at(_ seconds: Int64) -> Timestamp { .testStart.adding(seconds: seconds) }

    // MARK: Settings

    @Test(
        arguments: [
            (["memory.available": "100Mi"], [:], [:], nil),
            (["nodefs.available": "10%", "pid.available": "5"], [:], [:], nil),
            ([:], ["memory.available": "1Gi"], ["memory.available": .seconds(90)], nil),
            (["containerfs.available": "5%"], [:], [:], nil),
            (["memory": "1"], [:], [:], "evictionHard: unsupported eviction signal memory"),
            (
                ["memory.available": "much"], [:], [:],
                "evictionHard: eviction threshold memory.available must be an amount or a percentage, not much"
            ),
            (
                ["memory.available": "101%"], [:], [:],
                "evictionHard: eviction threshold memory.available must be an amount or a percentage, not 101%"
            ),
            (
                [:], ["memory.available": "1Gi"], [:],
                "evictionSoft: grace period must be specified for the soft eviction threshold memory.available"
            ),
        ] as [([String: String], [String: String], [String: Duration], String?)])
    func settingsAreChecked(
        _ hard: [String: String], _ soft: [String: String], _ patience: [String: Duration], _ problem: String?
    ) {
        do throws(EvictionSettings.Invalid) {
            _ = try EvictionSettings(
                hard: hard, soft: soft, softGracePeriods: patience, minimumReclaim: [:], transitionPeriod: .zero,
                maxPodGracePeriod: 0)
            #expect(problem == nil)
        } catch {
            #expect(error.description == problem)
        }
    }

    @Test func asMuchStaysFreeOfWhatPodsMayHave() throws {
        var settings = try settings(
            hard: ["memory.available": "100Mi", "nodefs.available": "10%"], soft: ["memory.available": "1Gi"],
            patience: ["memory.available": .seconds(30)], reclaim: ["memory.available": "5Mi"])
        settings.keepFreeOfAllocatable()
        let added = settings.thresholds.filter { $0.signal == .allocatableMemoryAvailable }
        #expect(
            added == [
                EvictionThreshold(
                    signal: .allocatableMemoryAvailable, amount: .quantity("100Mi"), minimumReclaim: .quantity("5Mi"))
            ])
        #expect(settings.thresholds.count == 4)
    }

    // MARK: Shortages

    @Test func aHardThresholdEvictsAtOnceAndThePressureLasts() throws {
        var record = record(try settings(hard: ["memory.available": "10%"]))
        #expect(record.note(memory(100), now: at(0)).isEmpty)
        #expect(record.pressures(now: at(0)).isEmpty)
        #expect(record.note(memory(99), now: at(10)).map(\.signal) == [.memoryAvailable])
        #expect(record.pressures(now: at(10)) == [.memory])
        #expect(record.note(memory(500), now: at(20)).isEmpty)
        #expect(record.pressures(now: at(309)) == [.memory])
        #expect(record.pressures(now: at(310)).isEmpty)
    }

    @Test func aSoftThresholdHasPatience() throws {
        var record = record(
            try settings(soft: ["memory.available": "200"], patience: ["memory.available": .seconds(30)]))
        #expect(record.note(memory(150), now: at(0)).isEmpty)
        #expect(record.pressures(now: at(0)) == [.memory])
        #expect(record.note(memory(150), now: at(29)).isEmpty)
        #expect(record.note(memory(150), now: at(30)).count == 1)
        // A moment of plenty, and it begins anew.
        #expect(record.note(memory(250), now: at(31)).isEmpty)
        #expect(record.note(memory(150), now: at(32)).isEmpty)
    }

    @Test func aShortageIsOverOnlyWhenEnoughWasReclaimed() throws {
        var record = record(
            try settings(hard: ["memory.available": "100"], reclaim: ["memory.available": "50"]))
        #expect(record.note(memory(120), now: at(0)).isEmpty)
        #expect(record.note(memory(90), now: at(1)).count == 1)
        #expect(record.note(memory(120), now: at(2)).count == 1)
        #expect(record.note(memory(150), now: at(3)).isEmpty)
    }

    @Test func reclaimingIsEnoughWhenNothingIsShortByItsMinimum() throws {
        let record = record(
            try settings(
                hard: ["memory.available": "100", "nodefs.available": "10"], reclaim: ["memory.available": "50"]))
        var present = memory(150)
        present[.nodefsAvailable] = SignalObservation(available: 10, capacity: 100)
        #expect(record.isRelieved(by: present))
        #expect(!record.isRelieved(by: memory(149)))
        present[.nodefsAvailable]?.available = 9
        #expect(!record.isRelieved(by: present))
    }

    @Test func memoryComesFirstAndWhatIsOffNever() throws {
        var record = record(
            try settings(hard: ["nodefs.available": "10%", "memory.available": "10%", "imagefs.available": "0%"]))
        var short = memory(10)
        short[.nodefsAvailable] = SignalObservation(available: 1, capacity: 100)
        short[.imagefsAvailable] = SignalObservation(available: 0, capacity: 100)
        #expect(record.note(short, now: at(0)).map(\.signal) == [.memoryAvailable, .nodefsAvailable])
        #expect(record.pressures(now: at(0)) == [.memory, .disk])
        #expect(record.signals == [.memoryAvailable, .nodefsAvailable])
    }

    // MARK: Who goes

    private func candidate(
        _ name: String, priority: Int32 = 0, request: Int64 = 0, usage: Int64?, isStatic: Bool = false
    ) -> EvictionCandidate {
        var pod = Pod.sample(name)
        if !isStatic { pod.metadata.annotations = [ConfigAnnotations.source: "api"] }
        pod.spec.priority = priority
        if request > 0 { pod.spec.containers[0].resources.requests["memory"] = Quantity(request, format: .binarySI) }
        return EvictionCandidate(pod: pod, usage: usage, containers: usage.map { ["web": $0] } ?? [:])
    }

    @Test func thoseGoFirstThatUseMoreThanTheyAskedFor() {
        let ranked = EvictionRanking(for: .memoryAvailable).ranked([
            candidate("modest", request: 100, usage: 50), candidate("greedy", request: 100, usage: 200),
            candidate("greedier", request: 100, usage: 900), candidate("valued", priority: 5, request: 0, usage: 1000),
            candidate("unknown", priority: 9, usage: nil), candidate("static", usage: 5000, isStatic: true),
            candidate("system", priority: 2_000_000_000, usage: 5000),
        ])
        #expect(ranked.map(\.pod.metadata.name) == ["unknown", "greedier", "greedy", "valued", "modest"])
    }

    @Test func processesAreCountedByPriority() {
        let ranked = EvictionRanking(for: .pidAvailable).ranked([
            candidate("many", priority: 1, usage: 900), candidate("few", usage: 2), candidate("some", usage: 20),
        ])
        #expect(ranked.map(\.pod.metadata.name) == ["some", "few", "many"])
    }

    @Test func theReasonNamesWhatWasUsed() throws {
        let threshold = try #require(try settings(hard: ["memory.available": "100Mi"]).thresholds.first)
        let ending = EvictionRanking(for: .memoryAvailable).ending(
            of: candidate("greedy", request: 1 << 20, usage: 3 << 20), threshold,
            SignalObservation(available: 5 << 20, capacity: 1 << 30))
        #expect(ending.reason == "Evicted")
        #expect(
            ending.message
                == "The node was low on resource: memory. Threshold quantity: 100Mi, available: 5Mi. "
                + "Container web was using 3Mi, request is 1Mi, has larger consumption of memory. ")
        #expect(
            ending.annotations == [
                "offending_containers": "web", "offending_containers_usage": "3Mi", "starved_resource": "memory",
            ])
    }

    @Test func aPodThatAsksByItselfIsNamedToo() throws {
        let threshold = try #require(try settings(hard: ["memory.available": "10%"]).thresholds.first)
        var greedy = candidate("greedy", usage: 1500)
        greedy.pod.spec.resources = ResourceRequirements()
        greedy.pod.spec.resources?.requests = ["memory": "1Ki"]
        let ending = EvictionRanking(for: .memoryAvailable).ending(
            of: greedy, threshold, SignalObservation(available: 1024, capacity: 1 << 20))
        #expect(
            ending.message
                == "The node was low on resource: memory. Threshold quantity: 104857, available: 1Ki. "
                + "Pod greedy was using 1500, request is 1Ki, has larger consumption of memory. "
                + "Container web was using 1500, request is 0, has larger consumption of memory. ")
        #expect(ending.annotations["offending_pod"] == "greedy" && ending.annotations["offending_pod_usage"] == "1500")
    }

    @Test func aPodOfWhichNothingIsKnownIsNotBlamed() throws {
        let threshold = try #require(try settings(hard: ["pid.available": "5"]).thresholds.first)
        let ending = EvictionRanking(for: .pidAvailable).ending(
            of: candidate("quiet", usage: nil), threshold, SignalObservation(available: 3, capacity: 1000))
        #expect(ending.message == "The node was low on resource: pids. Threshold quantity: 5, available: 3. ")
        #expect(ending.annotations.isEmpty)
    }

    // MARK: Storage

    @Test(
        arguments: [
            (["data": 100], ["web": 5], nil),
            (["data": 101], ["web": 0], "Usage of EmptyDir volume \"data\" exceeds the limit \"100\". "),
            (
                ["data": 60], ["web": 50],
                "Pod ephemeral local storage usage exceeds the total limit of containers 105. "
            ),
            (["data": 0, "free": 1], ["web": 104], nil),
        ] as [([String: Int64], [String: Int64], String?)])
    func whoWritesMoreThanAllowedGoes(_ volumes: [String: Int64], _ containers: [String: Int64], _ message: String?) {
        var pod = Pod.sample()
        for (name, limit) in [("data", 100), ("free", nil)] as [(String, Int64?)] {
            var volume = Volume()
            volume.name = name
            volume.emptyDir = EmptyDirVolumeSource()
            volume.emptyDir?.sizeLimit = limit.map { Quantity($0) }
            pod.spec.volumes.append(volume)
        }
        pod.spec.containers[0].resources.limits["ephemeral-storage"] = Quantity(105)
        let ending = StorageLimits(of: pod)?.excess(
            emptyDirs: volumes, containers: containers,
            total: volumes.values.reduce(0, +) + containers.values.reduce(0, +))
        #expect(ending?.message == message)
        #expect(ending?.disruption == nil, "it is the pod's own doing")
    }

    @Test func aPodWithoutLimitsIsNotMeasured() { #expect(StorageLimits(of: .sample()) == nil) }

    // MARK: Admission

    @Test(
        arguments: [
            ([], false, "api", nil), ([.memory], false, "api", "The node had condition: [MemoryPressure]. "),
            ([.memory], true, "api", nil), ([.memory], false, "file", nil),
            ([.disk, .memory], true, "api", "The node had condition: [DiskPressure MemoryPressure]. "),
            ([.disk], false, "file", nil),
        ] as [(Set<NodePressure>, Bool, String, String?)])
    func whoIsNewMustWait(_ pressures: Set<NodePressure>, asks: Bool, source: String, _ message: String?) {
        var pod = Pod.sample()
        pod.metadata.annotations = [ConfigAnnotations.source: source]
        if asks { pod.spec.containers[0].resources.requests = ["memory": "1Mi"] }
        var capabilities = NodeCapabilities()
        capabilities.pressures = pressures
        #expect(capabilities.rejectionByPressure(of: pod)?.message == message)
    }
}
