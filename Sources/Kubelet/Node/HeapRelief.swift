package import PodLifecycle

/// Gives memory back to the machine when a burst of work is over.
///
/// Fifty pods that start at once need a few MiB for some seconds, in pieces between what stays; the C library would keep
/// them for the next burst.
package struct HeapRelief: Sendable {
    private static let pause = Duration.seconds(10)

    private let clock: any KubeletClock
    private let release: @Sendable () -> Void
    private let work = WakeSignal()

    package init(clock: any KubeletClock, release: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.release = release
    }

    /// Tells that something was done. It costs nothing until the next moment of rest.
    func noteWork() { work.ring() }

    /// Runs until cancelled; asleep as long as there is no work.
    func run() async {
        while !Task.isCancelled {
            await work.wait()
            guard (try? await clock.sleep(for: Self.pause)) != nil else { return }
            release()
        }
    }
}
