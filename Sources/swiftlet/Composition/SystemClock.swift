import Glibc
import KubernetesAPI
import PodLifecycle

/// The machine's time of day.
struct SystemClock: KubeletClock {
    func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    func sleep(until moment: Timestamp) async throws {
        let remaining = moment.since(now())
        if remaining > .zero { try await Task.sleep(for: remaining) }
    }
}
