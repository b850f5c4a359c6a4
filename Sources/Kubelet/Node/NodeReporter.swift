package import ContainerRuntime
import KubernetesAPI
package import Logging
package import PodLifecycle
import StructuredData

/// Registers this node with the API server, and keeps its lease and status fresh.
package actor NodeReporter {
    /// How often what is said.
    package struct Periods: Sendable {
        /// `nodeStatusUpdateFrequency`: how often the status is computed, and the lease renewed.
        package var update: Duration
        /// `nodeStatusReportFrequency`: how often an unchanged status is posted.
        package var report: Duration
        /// `nodeLeaseDurationSeconds`.
        package var leaseSeconds: Int32

        package init(update: Duration, report: Duration, leaseSeconds: Int32) {
            self.update = update
            self.report = report
            self.leaseSeconds = leaseSeconds
        }
    }

    private static let leaseNamespace = "kube-node-lease"

    private let description: NodeDescription
    private let periods: Periods
    private let api: any NodeAPI
    private let runtime: any RuntimeService
    private let clock: any KubeletClock
    private let logger: Logger
    private let onRegistered: @Sendable (String) async -> Void

    private var node: Node?
    private var lease: Lease?
    private var posted: (status: NodeStatus, at: Timestamp)?
    private var problem = ""
    private var pressures: Set<NodePressure> = []
    private var isShuttingDown = false
    /// Rung when there is something to report before the next period begins.
    private let bell = WakeSignal()

    /// - Parameter onRegistered: called with the Node's UID, also when another one took its place.
    package init(
        description: NodeDescription, periods: Periods, api: any NodeAPI, runtime: any RuntimeService,
        clock: any KubeletClock, logger: Logger, onRegistered: @escaping @Sendable (String) async -> Void
    ) {
        self.description = description
        self.periods = periods
        self.api = api
        self.runtime = runtime
        self.clock = clock
        self.logger = logger
        self.onRegistered = onRegistered
    }

    /// Reports until cancelled. While the API server is away it tries again, at first soon and then each period.
    package func run() async {
        var delay = Duration.milliseconds(100)
        while !Task.isCancelled {
            do {
                try await report()
                if !problem.isEmpty { logger.info("the API server has this node again") }
                problem = ""
                delay = .milliseconds(100)
                _ = await bell.wait(until: clock.now().adding(periods.update), on: clock)
            } catch is CancellationError {
                return
            } catch {
                if problem != "\(error)" { logger.warning("cannot report this node", metadata: ["error": "\(error)"]) }
                problem = "\(error)"
                guard (try? await clock.sleep(for: delay)) != nil else { return }
                delay = min(delay * 2, periods.update)
            }
        }
    }

    /// Tells what the node is short of; that is reported at once.
    package func note(_ pressures: Set<NodePressure>) {
        self.pressures = pressures
        bell.ring()
    }

    /// Tells whether the node shuts down; that is reported at once.
    package func note(isShuttingDown: Bool) {
        self.isShuttingDown = isShuttingDown
        bell.ring()
    }

    private func report() async throws {
        let status = await currentStatus()
        if node == nil { try await register(status) }
        try await renewLease()
        try await post(status)
    }

    private func currentStatus() async -> NodeStatus {
        var version: RuntimeVersion?
        var runtimeStatus: RuntimeStatus?
        // As upstream words it.
        var problem = isShuttingDown ? "node is shutting down" : ""
        do {
            version = try await runtime.version()
            runtimeStatus = try await runtime.status()
        } catch {
            problem = "container runtime is down: \(error)"
        }
        return description.status(
            version: version, runtime: runtimeStatus, problem: problem, pressures: pressures,
            previous: posted?.status.conditions ?? node?.status.conditions ?? [], now: clock.now())
    }

    private func register(_ status: NodeStatus) async throws {
        let registered: Node
        do {
            registered = try await api.createNode(description.node(status))
            logger.info("registered this node", metadata: ["node": "\(description.name)"])
        } catch let error as NodeAPIError where error.code == .alreadyExists {
            registered = try await api.node(description.name)
        }
        node = registered
        posted = nil
        await onRegistered(registered.metadata.uid)
    }

    private func renewLease() async throws {
        let now = MicroTime(clock.now())
        do {
            if var renewed = lease {
                renewed.spec.renewTime = now
                lease = try await api.replaceLease(renewed)
                return
            }
            lease = try await api.createLease(newLease(at: now))
        } catch let error as NodeAPIError where error.code == .alreadyExists || error.code == .conflict {
            lease = try await api.lease(namespace: Self.leaseNamespace, name: description.name)
            try await renewLease()
        } catch let error as NodeAPIError where error.code == .notFound {
            lease = nil
            throw error
        }
    }

    private func newLease(at now: MicroTime) -> Lease {
        var lease = Lease()
        lease.metadata.name = description.name
        lease.metadata.namespace = Self.leaseNamespace
        if let node {
            var owner = OwnerReference()
            owner.apiVersion = "v1"
            owner.kind = "Node"
            owner.name = node.metadata.name
            owner.uid = node.metadata.uid
            lease.metadata.ownerReferences = [owner]
        }
        lease.spec.holderIdentity = description.name
        lease.spec.leaseDurationSeconds = periods.leaseSeconds
        lease.spec.renewTime = now
        return lease
    }

    private func post(_ status: NodeStatus) async throws {
        let now = clock.now()
        if let posted, now.since(posted.at) < periods.report, status.isSame(as: posted.status) { return }
        let patch: JSONValue = ["status": status.encoded()]
        do {
            let patched = try await api.patchNodeStatus(description.name, patch)
            posted = (status, now)
            if patched.metadata.uid != node?.metadata.uid { await onRegistered(patched.metadata.uid) }
            node = patched
        } catch let error as NodeAPIError where error.code == .notFound {
            // Somebody deleted the node: it registers anew.
            node = nil
            lease = nil
            throw error
        }
    }
}

extension NodeStatus {
    /// Whether nothing but heartbeat times differs.
    fileprivate func isSame(as other: NodeStatus) -> Bool {
        var mine = self
        var others = other
        for index in mine.conditions.indices { mine.conditions[index].lastHeartbeatTime = nil }
        for index in others.conditions.indices { others.conditions[index].lastHeartbeatTime = nil }
        return mine == others
    }
}
