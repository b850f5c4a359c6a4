import CLinux
import Glibc

extension ChildProcess.Configuration {
    /// Starts the program and returns its process ID.
    func spawn() throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        resetSignals(&attributes)

        switch standardInput {
        case .empty: posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        case .descriptor(let number): posix_spawn_file_actions_adddup2(&actions, number, STDIN_FILENO)
        }
        let output = try OutputFile(standardOutput)
        let errorOutput = try OutputFile(standardError)
        posix_spawn_file_actions_adddup2(&actions, output.number, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errorOutput.number, STDERR_FILENO)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

        let arguments = CStringArray([executable] + arguments)
        let environment = CStringArray(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        var processID: pid_t = 0
        let failure = posix_spawn(
            &processID, executable, &actions, &attributes, arguments.pointers, environment.pointers)
        // The files stay open until the child has its own.
        withExtendedLifetime((output, errorOutput, arguments, environment)) {}
        guard failure == 0 else { throw HostSystemError.system("start", executable, errorNumber: failure) }
        return processID
    }

    private func resetSignals(_ attributes: inout posix_spawnattr_t) {
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        if leadsSession { flags |= SWIFTLET_SPAWN_SETSID }
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }
}

/// The file behind an output while the child is being started.
private final class OutputFile {
    let number: Int32
    private let isOurs: Bool

    init(_ output: ChildProcess.Output) throws {
        switch output {
        case .discarded:
            number = try FileDescriptor(path: "/dev/null", flags: O_WRONLY).release()
            isOurs = true
        case .appended(let path):
            number = try FileDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600).release()
            isOurs = true
        case .descriptor(let descriptor):
            number = descriptor
            isOurs = false
        }
    }

    deinit {
        if isOurs { close(number) }
    }
}

/// A null-terminated array of C strings.
private final class CStringArray {
    private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) {
        pointers = strings.map { strdup($0) } + [nil]
    }

    deinit {
        for pointer in pointers { free(pointer) }
    }
}
