import NIOPosix
import TestSupport
import Testing

@testable import HostSystem

/// What is said to systemd, byte by byte. The vectors were made by another program, and systemd 252 took them.
@Suite(.timeLimit(.minutes(2)))
struct SystemdManagerTests {
    private static let unit = "kubepods-burstable-podx.slice"
    private static let properties: [SystemdManager.Property] = [
        .init("Description", .string("pods")), .init("CPUShares", .uint64(512)),
        .init("DefaultDependencies", .boolean(false)), .init("Wants", .strings(["kubepods.slice"])),
    ]

    private static let start = FakeSystemd.bytes(
        "6c010001c800000001000000b600000001016f00190000002f6f72672f667265656465736b746f702f73797374656d643100000000000000"
            + "02017300200000006f72672e667265656465736b746f702e73797374656d64312e4d616e61676572000000000000000003017300"
            + "1200000053746172745472616e7369656e74556e697400000000000006017300180000006f72672e667265656465736b746f702e"
            + "73797374656d643100000000000000000801670010737361287376296128736128737629290000001d0000006b756265706f6473"
            + "2d627572737461626c652d706f64782e736c696365000000070000007265706c6163650087000000000000000b00000044657363"
            + "72697074696f6e000173000004000000706f64730000000009000000435055536861726573000174000000000000000000020000"
            + "000000001300000044656661756c74446570656e64656e636965730001620000000000000500000057616e747300026173000000"
            + "130000000e0000006b756265706f64732e736c69636500000000000000000000")

    @Test(arguments: [FakeSystemd.Answer.done, .doneBefore])
    func aUnitIsStartedAndItsJobAwaited(_ answer: FakeSystemd.Answer) async throws {
        let systemd = try FakeSystemd(answer)
        try await systemd.manager.start(Self.unit, Self.properties)
        #expect(systemd.calls == [Self.start])
    }

    @Test func aUnitThatIsThereGetsWhatCanBeChanged() async throws {
        let systemd = try FakeSystemd(.exists)
        try await systemd.manager.start(Self.unit, Self.properties)
        let second = try #require(systemd.calls.last.flatMap { DBusMessage(bytes: $0) })
        #expect(systemd.calls.count == 2)
        #expect(second.member == "SetUnitProperties")
        var body = DBusWriter()
        body.write(Self.unit)
        body.write(DBusValue.boolean(true))
        body.array(alignment: 8) { writer in
            writer.write("CPUShares")
            writer.variant(.uint64(512))
        }
        #expect(second.body == body.bytes)
    }

    @Test func aUnitThatIsNotThereNeedNotBeStopped() async throws {
        let systemd = try FakeSystemd(.missing)
        try await systemd.manager.stop(Self.unit)
        #expect(systemd.calls.count == 1)
    }

    @Test func whatSystemdRefusesIsSaid() async throws {
        let systemd = try FakeSystemd(.missing)
        let error = await #expect(throws: HostSystemError.self) { try await systemd.manager.start(Self.unit, []) }
        #expect(
            error?.message.hasPrefix("cannot have systemd do StartTransientUnit \(Self.unit): org.freedesktop") == true)
    }

    @Test func itsSilenceAndItsAbsenceAreErrors() async throws {
        let systemd = try FakeSystemd(.silence)
        let error = await #expect(throws: HostSystemError.self) { try await systemd.manager.stop(Self.unit) }
        #expect(error?.message.hasSuffix("systemd hung up") == true, "\(String(describing: error))")
        let nobody = SystemdManager(socket: "/nowhere", threads: .singleton)
        await #expect(throws: HostSystemError.self) { try await nobody.stop(Self.unit) }
    }

    // MARK: Messages

    @Test func whatSystemdSaysIsUnderstood() throws {
        let returned = try #require(DBusMessage(bytes: FakeSystemd.returned))
        #expect(returned.kind == .methodReturn)
        #expect(returned.replySerial == 1)
        #expect(returned.arguments == [.objectPath("/org/freedesktop/systemd1/job/2")])
        let removed = try #require(DBusMessage(bytes: FakeSystemd.jobRemoved))
        #expect(removed.member == "JobRemoved")
        #expect(
            removed.arguments
                == [
                    .uint32(2), .objectPath("/org/freedesktop/systemd1/job/2"), .string("kubepods.slice"),
                    .string("done"),
                ])
        #expect(DBusMessage.length(of: Array(FakeSystemd.jobRemoved.prefix(16))) == FakeSystemd.jobRemoved.count)
    }

    @Test func whatIsCutShortIsNoMessage() {
        for length in 0..<FakeSystemd.returned.count {
            #expect(DBusMessage(bytes: Array(FakeSystemd.returned.prefix(length))) == nil)
        }
        var broken = FakeSystemd.returned
        broken[12] = 0xFF
        #expect(DBusMessage(bytes: broken) == nil)
    }
}
