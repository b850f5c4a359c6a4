internal import HostSystem
internal import NIOCore

extension ContainerdDirectory {
    /// How long a containerd may take to end; its containers aren't its children and don't delay it.
    static let gracePeriod = TimeAmount.seconds(10)

    /// The containerd that runs here, such as one whose server was killed; started by the server or by the scripts.
    ///
    /// Found among the machine's processes rather than by a file with its number: nothing has to be written in time,
    /// and nobody else's process can be meant by it.
    func runningContainerd() throws -> ProcessHandle? {
        let here = try HostFiles.attributes(path)
        for process in try ProcessHandle.all(named: "containerd") where isContainerd(try process.commandLine()) {
            // A node in a container may use the same path for another directory.
            let there = try? HostFiles.attributes("/proc/\(process.processID)/root\(path)")
            if let here, let there, here.device == there.device, here.inode == there.inode { return process }
        }
        return nil
    }

    /// Whether a command line is that of a containerd with the configuration of this directory.
    func isContainerd(_ commandLine: [String]) -> Bool {
        guard let program = commandLine.first, HostFiles.name(of: program) == "containerd" else { return false }
        return commandLine.contains(configuration)
    }

    /// The command line's part behind the program's name.
    var arguments: [String] { ["--config", configuration] }

    /// Keeps containerd's log, which only grows, within bounds: a long one makes room when containerd starts, and
    /// replaces the one that did so before.
    func rotateLog(limit: Int64 = 16 << 20) throws {
        guard let size = try HostFiles.attributes(log)?.size, size > limit else { return }
        try HostFiles.rename(log, to: "\(log).1")
    }
}
