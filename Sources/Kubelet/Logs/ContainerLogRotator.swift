import ContainerLogs
import ContainerRuntime
import HostSystem
import PodLifecycle

/// Rotates and compresses the files of one log.
struct ContainerLogRotator: Sendable {
    let policy: LogRotationPolicy
    let runtime: any RuntimeService
    let host: ContainerLogHost
    let clock: any KubeletClock

    /// Gives the log's file another name, and has the runtime begin a new one; where there is none, only that.
    ///
    /// If the runtime doesn't, or this is cancelled, the file gets its name back.
    func rotate(_ path: String, of id: ContainerID) async throws {
        let rotated = try await host.blocking { [maxRotated = policy.maxRotated, now = clock.now()] () -> String? in
            do {
                return try ContainerLogFiles.setAside(path, keeping: maxRotated, at: now)
            } catch let error as HostSystemError where error.code == .notFound {
                return nil
            }
        }
        do {
            try await runtime.reopenContainerLog(id)
        } catch {
            // At once, for nothing else would be done for a task that is cancelled.
            if let rotated { try ContainerLogFiles.putBack(rotated, to: path) }
            throw error
        }
    }

    /// Removes what is too much or half made, and compresses what is left but the newest.
    func tidy(_ path: String) async throws {
        let paths = try await host.blocking { [maxRotated = policy.maxRotated] in
            try ContainerLogFiles.tidy(path, keeping: maxRotated)
        }
        for path in paths { try await host.compress(path) }
    }
}

/// Work on logs that waits or is under way: one job at a time for a container, and so many for all.
struct LogJobs: Sendable {
    struct Job: Sendable, Hashable {
        var id: ContainerID
        var path: String
    }

    private let limit: Int
    private var waiting: [Job] = []
    private var running: Set<ContainerID> = []

    init(limit: Int) { self.limit = max(1, limit) }

    /// Adds a job, unless the same one waits already.
    mutating func add(_ job: Job) {
        if !waiting.contains(job) { waiting.append(job) }
    }

    /// The next job that can begin; it runs until `end`.
    mutating func begin() -> Job? {
        guard running.count < limit, let index = waiting.firstIndex(where: { !running.contains($0.id) }) else {
            return nil
        }
        let job = waiting.remove(at: index)
        running.insert(job.id)
        return job
    }

    mutating func end(_ job: Job) { running.remove(job.id) }
}
