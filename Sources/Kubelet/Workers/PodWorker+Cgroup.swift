import ContainerRuntime
import KubernetesAPI
import PodLifecycle
import PodSources

/// Keeping the limits of all of a pod in step with those of its containers.
///
/// The kernel refuses a container more CPU than its pod has. So the pod grows before its containers do, and shrinks
/// when they have.
extension PodWorker {
    var cgroupSettings: CgroupSettings { parts.actuator.translation.cgroup(of: running.pod) }

    /// Makes the pod's cgroup, or gives it more, before containers get it.
    func growCgroup(_ actions: PodActions) async throws {
        guard !actions.starts.isEmpty || !actions.resizes.isEmpty else { return }
        let settings = cgroupSettings
        guard actions.needsSandbox || settledCgroup != settings else { return }
        do {
            try await parts.actuator.translation.cgroups.grow(running.pod, to: settings)
        } catch {
            parts.actuator.events.record(
                .warning, "FailedCreatePodContainer", "unable to ensure pod container exists: \(error)",
                about: EventTarget(pod: running.pod))
            throw error
        }
    }

    /// Takes back from the pod what its containers no longer need, once none of them is on its way.
    func settleCgroup(_ state: PodRuntimeState) async {
        let settings = cgroupSettings
        guard state.readySandbox != nil, settledCgroup != settings, stopsUnderWay.isEmpty else { return }
        let what = "set the limits of the pod's cgroup"
        do {
            try checkMemory(resizing: [], state)
            try await parts.actuator.translation.cgroups.set(running.pod, to: settings)
            settledCgroup = settings
            noteSuccess(what)
        } catch {
            // What is in use of memory can't be taken back.
            noteResizeProblem(error, state)
            lookAgain(at: parts.clock.now().adding(noteFailure(what, error)))
        }
    }
}

extension PodActions {
    fileprivate var needsSandbox: Bool {
        switch sandbox {
        case .create: true
        case .keep, .none: false
        }
    }
}
