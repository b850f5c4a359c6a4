import Glibc
package import NIOPosix

/// systemd's manager of units, asked over its own socket, which root reaches without a message bus (the interface
/// `org.freedesktop.systemd1.Manager`).
///
/// Each call has a connection of its own: systemd tells those that stay of everything that happens to any unit.
package struct SystemdManager: Sendable {
    /// The property of a unit.
    package struct Property: Sendable, Hashable {
        package var name: String
        package var value: DBusValue

        package init(_ name: String, _ value: DBusValue) {
            self.name = name
            self.value = value
        }
    }

    package static let socket = "/run/systemd/private"

    /// How long systemd may take for one of its answers, in seconds.
    private static let patience = 30

    private let path: String
    private let threads: NIOThreadPool

    /// - Parameter threads: where calls wait for their answers.
    package init(socket path: String = Self.socket, threads: NIOThreadPool) {
        self.path = path
        self.threads = threads
    }

    /// Makes a unit that is gone with the next boot, and starts it. One that is there gets the properties.
    package func start(_ unit: String, _ properties: [Property]) async throws {
        do {
            try await call("StartTransientUnit", "ssa(sv)a(sa(sv))", of: unit) { writer in
                writer.write(unit)
                writer.write("replace")
                writer.write(properties)
                writer.array(alignment: 8) { _ in }
            }
        } catch let error as HostSystemError where error.code == .alreadyExists {
            try await set(unit, properties)
        }
    }

    /// Changes properties of a unit until the next boot.
    private func set(_ unit: String, _ properties: [Property]) async throws {
        // Of a unit that runs not all can be changed, and those that can't are the same anyway.
        let changeable = properties.filter { !["DefaultDependencies", "Description", "Wants"].contains($0.name) }
        try await call("SetUnitProperties", "sba(sv)", of: unit) { writer in
            writer.write(unit)
            writer.write(DBusValue.boolean(true))
            writer.write(changeable)
        }
    }

    /// Stops a unit with all that runs in it; one that isn't there is success.
    package func stop(_ unit: String) async throws {
        do {
            try await call("StopUnit", "ss", of: unit) { writer in
                writer.write(unit)
                writer.write("replace")
            }
        } catch let error as HostSystemError where error.code == .notFound {}
    }

    /// Calls a method, and waits for the job that it begins, if any.
    private func call(
        _ method: String, _ signature: String, of unit: String, _ arguments: (inout DBusWriter) -> Void
    ) async throws {
        var writer = DBusWriter()
        arguments(&writer)
        let message = DBusMessage(
            serial: 1, call: method, of: "org.freedesktop.systemd1.Manager", at: "/org/freedesktop/systemd1",
            destination: "org.freedesktop.systemd1", signature: signature, body: writer.bytes)
        try await threads.runIfActive { [path] in
            try SystemdConnection(path, patience: Self.patience).complete(message, about: "\(method) \(unit)")
        }
    }
}

extension DBusWriter {
    fileprivate mutating func write(_ properties: [SystemdManager.Property]) {
        array(alignment: 8) { writer in
            for property in properties {
                writer.align(8)
                writer.write(property.name)
                writer.variant(property.value)
            }
        }
    }
}

/// A connection to systemd for one call. Its calls block.
private struct SystemdConnection: ~Copyable {
    private let socket: Int32
    private let path: String

    init(_ path: String, patience seconds: Int) throws {
        socket = try Self.connected(to: path, patience: seconds)
        self.path = path
    }

    private static func connected(to path: String, patience seconds: Int) throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw HostSystemError.system("connect to", path, errorNumber: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw HostSystemError.system("connect to", path) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard result == 0 else {
            let failure = errno
            close(descriptor)
            // Not `notFound`: that is for units, which there may be all the same.
            throw HostSystemError(
                .failed, "cannot connect to systemd at \(path): \(HostSystemError.describe(failure))",
                errorNumber: failure)
        }
        return descriptor
    }

    deinit { close(socket) }

    /// Says who calls: the kernel tells systemd whether that is true.
    private func authenticate() throws {
        let digits = "\(geteuid())".utf8.map { String($0, radix: 16) }.joined()
        try send([0] + Array("AUTH EXTERNAL \(digits)\r\n".utf8))
        var answer: [UInt8] = []
        while answer.last != UInt8(ascii: "\n"), answer.count < 512 { answer += try receive(1) }
        guard answer.starts(with: "OK ".utf8) else {
            let text = String(decoding: answer, as: UTF8.self).split(separator: "\r").first ?? ""
            throw HostSystemError(.permissionDenied, "cannot connect to \(path): systemd says \(text)")
        }
        try send(Array("BEGIN\r\n".utf8))
    }

    /// Makes the call, and waits for its answer and for the end of the job that it begins.
    func complete(_ call: DBusMessage, about what: String) throws {
        try authenticate()
        try send(call.bytes)
        var ended: [DBusValue: String] = [:]
        var job: DBusValue?
        while true {
            let message = try receiveMessage()
            if message.member == "JobRemoved", case let arguments = message.arguments, arguments.count == 4,
                case .string(let result) = arguments[3]
            {
                ended[arguments[1]] = result
            } else if message.replySerial == call.serial {
                guard message.kind == .methodReturn else { throw failure(message, what) }
                guard let begun = message.arguments.first else { return }
                job = begun
            }
            guard let job, let result = ended[job] else { continue }
            guard result == "done" else {
                throw HostSystemError(.failed, "cannot have systemd do \(what): the job ended as \(result)")
            }
            return
        }
    }

    private func failure(_ message: DBusMessage, _ what: String) -> HostSystemError {
        let name = message.errorName ?? ""
        var text = name
        if case .string(let words)? = message.arguments.first { text = words }
        let code: HostSystemError.Code =
            switch name {
            case "org.freedesktop.systemd1.UnitExists": .alreadyExists
            case "org.freedesktop.systemd1.NoSuchUnit": .notFound
            default: .failed
            }
        return HostSystemError(code, "cannot have systemd do \(what): \(text)")
    }

    private func receiveMessage() throws -> DBusMessage {
        let prefix = try receive(DBusMessage.prefixBytes)
        guard let length = DBusMessage.length(of: prefix) else { throw malformed }
        guard let message = DBusMessage(bytes: prefix + (try receive(length - prefix.count))) else { throw malformed }
        return message
    }

    private var malformed: HostSystemError {
        HostSystemError(.failed, "cannot understand systemd at \(path): it sent no message of D-Bus")
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    socket, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 || errno == EINTR else { throw HostSystemError.system("write to", path) }
            sent += max(0, count)
        }
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let part = bytes.withUnsafeMutableBytes { buffer in
                recv(socket, buffer.baseAddress?.advanced(by: received), count - received, 0)
            }
            if part < 0, errno == EINTR { continue }
            guard part != 0 else { throw HostSystemError(.failed, "cannot read from \(path): systemd hung up") }
            guard part > 0 else { throw HostSystemError.system("read from", path) }
            received += part
        }
        return bytes
    }
}
