import Glibc
package import HostSystem
import NIOPosix
import Synchronization

/// systemd's socket with nobody but a listener behind it, which answers every call as systemd 252 once did.
package final class FakeSystemd: Sendable {
    /// What it says to a call.
    package enum Answer: Sendable {
        /// A job, and that it is done.
        case done
        /// As `done`, but the job is told to have ended before the answer.
        case doneBefore
        /// That there is such a unit, to `StartTransientUnit`; all else is done.
        case exists
        /// That there is no such unit.
        case missing
        /// Nothing: it hangs up.
        case silence
    }

    private let path: String
    private let listener: Int32
    private let answer: Answer
    private let received = Mutex<[[UInt8]]>([])

    package init(_ answer: Answer = .done) throws {
        self.answer = answer
        path = "/tmp/swiftlet-systemd-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isListening = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, length) == 0 }
        }
        guard isListening, listen(listener, 8) == 0 else { throw HostSystemError.system("listen at", path) }
        let (descriptor, answer) = (listener, answer)
        let note: @Sendable ([UInt8]) -> Void = { [weak self] call in
            guard let self else { return }
            received.withLock { $0.append(call) }
        }
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body { Self.serve(descriptor, answer, note) })
        pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        pthread_detach(thread)
    }

    /// Ends the thread, too.
    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
    }

    package var manager: SystemdManager { SystemdManager(socket: path, threads: .singleton) }

    /// The calls, byte by byte.
    package var calls: [[UInt8]] { received.withLock { $0 } }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func serve(_ listener: Int32, _ answer: Answer, _ note: ([UInt8]) -> Void) {
        while case let connection = accept(listener, nil, nil), connection >= 0 {
            serve(connection: connection, answer, note)
            close(connection)
        }
        close(listener)
    }

    private static func serve(connection: Int32, _ answer: Answer, _ note: ([UInt8]) -> Void) {
        guard let greeting = line(connection), greeting.starts(with: "\0AUTH EXTERNAL ".utf8) else { return }
        reply(connection, Array("OK 43eb4c804b7d4cfbaafcc354ec226480\r\n".utf8))
        guard line(connection) == Array("BEGIN\r\n".utf8), let call = message(connection) else { return }
        note(call)
        let isStart = String(decoding: call, as: UTF8.self).contains("StartTransientUnit")
        switch answer {
        case .done,
            .exists where !isStart:
            reply(connection, returned + jobRemoved)
        case .doneBefore: reply(connection, jobRemoved + returned)
        case .exists: reply(connection, error("UnitExists"))
        case .missing: reply(connection, error("NoSuchUnit"))
        case .silence: break
        }
    }

    private static func line(_ connection: Int32) -> [UInt8]? {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard let byte = read(connection, 1) else { return nil }
            line += byte
        }
        return line
    }

    private static func message(_ connection: Int32) -> [UInt8]? {
        guard let prefix = read(connection, 16) else { return nil }
        func number(_ place: Int) -> Int { prefix[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
        let length = (16 + number(12) + 7) / 8 * 8 + number(4)
        return read(connection, length - 16).map { prefix + $0 }
    }

    private static func read(_ connection: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return recv(connection, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }

    private static func reply(_ connection: Int32, _ bytes: [UInt8]) {
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    // MARK: What systemd said

    package static func bytes(_ hexadecimal: String) -> [UInt8] {
        var digits = hexadecimal.compactMap(\.hexDigitValue)[...]
        var bytes: [UInt8] = []
        while let high = digits.popFirst(), let low = digits.popFirst() { bytes.append(UInt8(high << 4 | low)) }
        return bytes
    }

    /// The return of a call with serial 1: job 2.
    package static let returned = bytes(
        "6c020101240000000300000037000000050175000100000007017300180000006f72672e667265656465736b746f702e73797374"
            + "656d6431000000000000000008016700016f00001f0000002f6f72672f667265656465736b746f702f73797374656d64312f6a6f"
            + "622f3200")

    /// That job 2 is done.
    package static let jobRemoved = bytes(
        "6c040101450000000c000000a200000001016f00190000002f6f72672f667265656465736b746f702f73797374656d6431000000"
            + "0000000002017300200000006f72672e667265656465736b746f702e73797374656d64312e4d616e616765720000000000000000"
            + "030173000a0000004a6f6252656d6f76656400000000000007017300180000006f72672e667265656465736b746f702e73797374"
            + "656d643100000000000000000801670004756f737300000000000000020000001f0000002f6f72672f667265656465736b746f70"
            + "2f73797374656d64312f6a6f622f32000e0000006b756265706f64732e736c696365000004000000646f6e6500")

    /// An error of systemd's that says no more than its name, which has ten letters.
    private static func error(_ name: String) -> [UInt8] {
        let fields =
            bytes("0501750001000000" + "0401730023000000") + Array("org.freedesktop.systemd1.\(name)\0".utf8)
        return bytes("6c030101" + "00000000" + "02000000") + [UInt8(fields.count), 0, 0, 0] + fields
            + [UInt8](repeating: 0, count: (8 - fields.count % 8) % 8)
    }
}
