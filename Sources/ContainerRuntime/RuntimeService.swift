/// Pod sandboxes and containers, as the Container Runtime Interface offers them.
///
/// Every call may throw `ContainerRuntimeError`, and ends with `CancellationError` when its task is cancelled; what
/// the runtime had begun by then may or may not come to be. Stopping and removing are idempotent: what is not there
/// counts as stopped and removed.
package protocol RuntimeService: Sendable {
    /// Name and versions of the runtime.
    func version() async throws -> RuntimeVersion
    /// Readiness of runtime and network, and what the runtime says it can do.
    func status() async throws -> RuntimeStatus

    /// Creates and starts a sandbox, its network included.
    func runPodSandbox(_ configuration: SandboxConfiguration) async throws -> SandboxID
    /// Ends the sandbox's containers at once and takes down its network.
    func stopPodSandbox(_ id: SandboxID) async throws
    /// Removes a stopped sandbox and its containers.
    func removePodSandbox(_ id: SandboxID) async throws
    func podSandboxStatus(_ id: SandboxID) async throws -> RuntimeSandbox
    /// The sandboxes that match; `RuntimeSandbox.addresses` and `namespaces` are empty in a list.
    func listPodSandboxes(_ filter: RuntimeFilter) async throws -> [RuntimeSandbox]

    /// Creates a container in a sandbox without starting it. `sandboxConfiguration` is the one the sandbox was made of.
    func createContainer(
        _ configuration: ContainerConfiguration, in sandbox: SandboxID, sandboxConfiguration: SandboxConfiguration
    ) async throws -> ContainerID
    func startContainer(_ id: ContainerID) async throws
    /// Sends the stop signal, and SIGKILL after `gracePeriod` seconds; returns when the container has ended.
    func stopContainer(_ id: ContainerID, gracePeriod seconds: Int64) async throws
    func removeContainer(_ id: ContainerID) async throws
    /// The containers that match; exit codes, messages, mounts and times other than creation are unset in a list.
    func listContainers(_ filter: RuntimeFilter) async throws -> [RuntimeContainer]
    func containerStatus(_ id: ContainerID) async throws -> RuntimeContainer
    func updateContainerResources(_ id: ContainerID, _ resources: LinuxResources) async throws
    /// Has the runtime open the container's log file anew after a rotation.
    func reopenContainerLog(_ id: ContainerID) async throws

    /// Runs a command in a container and collects what it writes; `timeout` in seconds, 0 for none.
    func execSync(_ id: ContainerID, command: [String], timeout seconds: Int64) async throws -> ExecResult
    /// The URL at which the runtime streams an exec session.
    func exec(_ request: ExecRequest) async throws -> String
    /// The URL at which the runtime streams a session attached to the container's process.
    func attach(_ request: AttachRequest) async throws -> String
    /// The URL at which the runtime forwards ports of a sandbox.
    func portForward(_ sandbox: SandboxID, ports: [Int32]) async throws -> String

    /// Resource use of the containers that match.
    func listContainerStats(_ filter: RuntimeFilter) async throws -> [RuntimeContainerStats]
    /// Tells the runtime the node's pod CIDR.
    func updatePodCIDR(_ cidr: String) async throws
}

/// Images of the container runtime. Errors and cancellation as for `RuntimeService`.
package protocol ImageService: Sendable {
    func listImages() async throws -> [RuntimeImage]
    /// `nil` when the runtime has no such image.
    func imageStatus(_ image: ImageReference) async throws -> RuntimeImage?
    /// Pulls an image, for as long as it takes, and returns the reference to run it by.
    func pullImage(
        _ image: ImageReference, credentials: RegistryCredentials?, sandboxConfiguration: SandboxConfiguration?
    ) async throws -> String
    func removeImage(_ image: ImageReference) async throws
    /// Use of the file systems that hold images.
    func imageFileSystems() async throws -> [FileSystemUsage]
    /// The name of the image that sandboxes are made of; `nil` when the runtime doesn't tell.
    func sandboxImage() async throws -> String?
}

/// Tells when containers change, so that nobody has to ask.
package protocol RuntimeEvents: Sendable {
    /// The changes from now on. The stream ends only when its task is cancelled: a broken connection is mended and
    /// shows as `.disconnected`, then `.resynchronize`.
    func events() -> AsyncStream<RuntimeEvent>
}

/// One change that the runtime reports.
package enum RuntimeEvent: Sendable, Hashable {
    /// A container or sandbox with this ID was created, started, ended, was killed for memory, or was removed.
    case changed(id: String, Change)
    /// The connection is up (again): events may have been missed, list everything.
    case resynchronize
    /// The connection is lost: until `.resynchronize`, changes are not seen.
    case disconnected

    package enum Change: Sendable, Hashable {
        case created, started, stopped, outOfMemory, removed
    }
}

/// Selects sandboxes or containers; every set field must match.
package struct RuntimeFilter: Sendable, Hashable {
    /// A sandbox's or container's own ID.
    package var id: String?
    /// The sandbox containers are in.
    package var sandboxID: SandboxID?
    /// Labels that must all be there.
    package var labels: [String: String]

    package init(id: String? = nil, sandboxID: SandboxID? = nil, labels: [String: String] = [:]) {
        self.id = id
        self.sandboxID = sandboxID
        self.labels = labels
    }

    /// Everything.
    package static let all = RuntimeFilter()
}

package struct RuntimeVersion: Sendable, Hashable {
    package var name: String
    package var version: String
    package var apiVersion: String

    package init(name: String, version: String, apiVersion: String) {
        self.name = name
        self.version = version
        self.apiVersion = apiVersion
    }
}

package struct RuntimeStatus: Sendable, Hashable {
    package struct Condition: Sendable, Hashable {
        /// `RuntimeReady` or `NetworkReady`.
        package var type: String
        package var status: Bool
        package var reason: String
        package var message: String

        package init(type: String, status: Bool, reason: String = "", message: String = "") {
            self.type = type
            self.status = status
            self.reason = reason
            self.message = message
        }
    }

    package struct Handler: Sendable, Hashable {
        /// The handler's name; empty for the default one.
        package var name: String
        package var recursiveReadOnlyMounts: Bool
        package var userNamespaces: Bool

        package init(name: String, recursiveReadOnlyMounts: Bool = false, userNamespaces: Bool = false) {
            self.name = name
            self.recursiveReadOnlyMounts = recursiveReadOnlyMounts
            self.userNamespaces = userNamespaces
        }
    }

    package var conditions: [Condition]

    /// Why sandboxes can't have networks of their own at the moment, in upstream's words; `nil` when they can.
    package var networkProblem: String? {
        guard let ready = conditions.first(where: { $0.type == "NetworkReady" }) else {
            return "container runtime network not ready: nil"
        }
        if ready.status { return nil }
        return "container runtime network not ready: NetworkReady=false reason:\(ready.reason) message:\(ready.message)"
    }

    package var handlers: [Handler]
    package var supplementalGroupsPolicy: Bool

    package init(conditions: [Condition], handlers: [Handler] = [], supplementalGroupsPolicy: Bool = false) {
        self.conditions = conditions
        self.handlers = handlers
        self.supplementalGroupsPolicy = supplementalGroupsPolicy
    }
}

package struct ExecResult: Sendable, Hashable {
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    package var exitCode: Int32

    package init(stdout: [UInt8], stderr: [UInt8], exitCode: Int32) {
        self.stdout = stdout
        self.stderr = stderr
        self.exitCode = exitCode
    }
}

package struct ExecRequest: Sendable, Hashable {
    package var container: ContainerID
    package var command: [String]
    package var tty: Bool
    package var stdin: Bool
    package var stdout: Bool
    package var stderr: Bool

    package init(container: ContainerID, command: [String], tty: Bool, stdin: Bool, stdout: Bool, stderr: Bool) {
        self.container = container
        self.command = command
        self.tty = tty
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

package struct AttachRequest: Sendable, Hashable {
    package var container: ContainerID
    package var tty: Bool
    package var stdin: Bool
    package var stdout: Bool
    package var stderr: Bool

    package init(container: ContainerID, tty: Bool, stdin: Bool, stdout: Bool, stderr: Bool) {
        self.container = container
        self.tty = tty
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

package struct RegistryCredentials: Sendable, Hashable {
    package var username: String
    package var password: String
    package var auth: String
    package var serverAddress: String
    package var identityToken: String
    package var registryToken: String

    package init(
        username: String = "", password: String = "", auth: String = "", serverAddress: String = "",
        identityToken: String = "", registryToken: String = ""
    ) {
        self.username = username
        self.password = password
        self.auth = auth
        self.serverAddress = serverAddress
        self.identityToken = identityToken
        self.registryToken = registryToken
    }
}
