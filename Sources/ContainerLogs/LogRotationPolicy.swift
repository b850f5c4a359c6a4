/// How container logs are rotated: the four fields of `KubeletConfiguration`.
package struct LogRotationPolicy: Sendable, Hashable {
    /// Bytes from which on a log is rotated (`containerLogMaxSize`).
    package var maxSize: Int64
    /// Files of one container at most, the one that is written to included (`containerLogMaxFiles`); at least two.
    package var maxFiles: Int
    /// How many logs are rotated at a time, and how many compressed (`containerLogMaxWorkers`).
    package var maxWorkers: Int
    /// How often a log that grows slowly is looked at (`containerLogMonitorInterval`).
    package var monitorInterval: Duration

    package init(
        maxSize: Int64 = 10 << 20, maxFiles: Int = 5, maxWorkers: Int = 1, monitorInterval: Duration = .seconds(10)
    ) {
        self.maxSize = maxSize
        self.maxFiles = maxFiles
        self.maxWorkers = maxWorkers
        self.monitorInterval = monitorInterval
    }

    /// Rotated files beside the one that is written to.
    package var maxRotated: Int { max(1, maxFiles - 1) }
}
