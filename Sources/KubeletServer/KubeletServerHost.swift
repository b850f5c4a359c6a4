package import Logging
package import NIOCore
package import NIOPosix
package import PodLifecycle

/// What the server needs of the process it runs in.
package struct KubeletServerHost: Sendable {
    package var group: any EventLoopGroup
    /// For calls that block.
    package var threads: NIOThreadPool
    package var clock: any KubeletClock
    package var logger: Logger

    package init(group: any EventLoopGroup, threads: NIOThreadPool, clock: any KubeletClock, logger: Logger) {
        self.group = group
        self.threads = threads
        self.clock = clock
        self.logger = logger
    }
}
