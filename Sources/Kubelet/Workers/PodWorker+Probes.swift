import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources

/// The probes of one pod.
struct PodProbes: Sendable {
    fileprivate struct Key: Hashable {
        var container: ContainerID
        var kind: ProbeKind
    }

    fileprivate struct Watch {
        var probe: Probe
        var address: String?
        var task: Task<Void, Never>
    }

    /// Of the containers that run and have probes.
    fileprivate(set) var health: [ContainerID: ContainerHealth] = [:]
    fileprivate var watches: [Key: Watch] = [:]

    fileprivate mutating func end(_ key: Key) { watches.removeValue(forKey: key)?.task.cancel() }

    mutating func endAll() { for key in watches.keys { end(key) } }
}

/// Watching over containers, each from its own start, in tasks that sleep between two probes.
extension PodWorker {
    /// Has probes watch over what runs, and over nothing else.
    func followProbes(_ state: PodRuntimeState) {
        let alive = state.containers.filter { $0.state == .running }
        let ids = Set(alive.map(\.id))
        for key in probes.watches.keys where !ids.contains(key.container) { probes.end(key) }
        for id in probes.health.keys where !ids.contains(id) { probes.health[id] = nil }
        for found in alive {
            guard let container = running.pod.spec.container(named: found.name),
                let startedAt = found.startedAt
            else { continue }
            let hasProbes = ProbeKind.allCases.contains { container.probe($0) != nil }
            guard hasProbes || probes.health[found.id] != nil else { continue }
            let isAdopted = adoptedAt.map { startedAt < $0 } ?? false
            var health = probes.health[found.id] ?? ContainerHealth(of: container, isAdopted: isAdopted)
            health.forgetMissingProbes(of: container)
            probes.health[found.id] = hasProbes ? health : nil
            let addresses = parts.actuator.translation.node.addresses(of: running.pod, own: state.addresses)
            let subject = Prober.Subject(
                target: EventTarget(pod: running.pod, container: container.name), container: container, id: found.id,
                startedAt: startedAt, address: addresses.first)
            for kind in ProbeKind.allCases { follow(kind, subject, health) }
        }
    }

    private func follow(_ kind: ProbeKind, _ subject: Prober.Subject, _ health: ContainerHealth) {
        let key = PodProbes.Key(container: subject.id, kind: kind)
        // Of a pod on its way out, upstream too asks only whether it still serves.
        let isOfInterest = health.needs(kind) && (kind == .readiness || !machine.isStopping)
        let probe = isOfInterest ? subject.container.probe(kind) : nil
        let present = probes.watches[key]
        if let present, present.probe == probe, present.address == subject.address { return }
        probes.end(key)
        guard let probe else { return }
        let task = Task { await self.watch(probe, kind, subject) }
        probes.watches[key] = PodProbes.Watch(probe: probe, address: subject.address, task: task)
    }

    /// Probes until cancelled.
    private func watch(_ probe: Probe, _ kind: ProbeKind, _ subject: Prober.Subject) async {
        let schedule = ProbeSchedule(probe, startedAt: subject.startedAt)
        var record = ProbeRecord()
        var due = schedule.beginning(now: parts.clock.now())
        while true {
            guard (try? await parts.clock.sleep(until: due)) != nil else { return }
            let outcome = await parts.prober.check(probe, kind, subject)
            if Task.isCancelled { return }
            parts.prober.report(outcome, kind, subject)
            if let isSuccess = record.note(outcome, probe) { await note(kind, isSuccess: isSuccess, of: subject) }
            due = schedule.next(after: parts.clock.now())
        }
    }

    /// Takes note of what a probe has found. It takes effect at once, whatever else is being done for the pod.
    private func note(_ kind: ProbeKind, isSuccess: Bool, of subject: Prober.Subject) async {
        guard var health = probes.health[subject.id] else { return }
        let before = health
        health.note(kind, isSuccess: isSuccess, of: subject.container)
        guard health != before else { return }
        probes.health[subject.id] = health
        // What comes after a sidecar waits for its start.
        if health.isStarted != before.isStarted, subject.container.isSidecar { handle(.changed) }
        if let failed = health.failure, !machine.isStopping {
            request(PodActions.ContainerStop(failed: failed, subject.id, subject.container, in: running.pod))
        }
        guard let state = try? await parts.monitor.state(of: uid) else { return handle(.changed) }
        // Meanwhile the container, or all of the pod, may be gone.
        if !Task.isCancelled { publish(state) }
    }
}
