package import HostSystem
package import NIOCore
package import NIOPosix

/// What work on logs needs of the process it runs in.
package struct ContainerLogHost: Sendable {
    private let group: any EventLoopGroup
    private let threads: NIOThreadPool

    package init(group: any EventLoopGroup, threads: NIOThreadPool) {
        self.group = group
        self.threads = threads
    }

    /// Runs calls that block, where they hold up nobody but others of their kind.
    package func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(work)
    }

    package func openInotify() async throws -> Inotify { try await Inotify.open(on: group) }
}
