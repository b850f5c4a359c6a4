import NIOCore
import NIOEmbedded
import Testing

@testable import CRIClient

@Suite struct PingAckHandlerTests {
    private let settings = frame(type: 4, flags: 0, payload: [0, 3, 0, 0, 0, 100])
    private let ping = frame(type: 6, flags: 0, payload: [1, 2, 3, 4, 5, 6, 7, 8])
    private let data = frame(type: 0, flags: 1, stream: 1, payload: Array(repeating: 9, count: 40))

    @Test(arguments: [1, 3, 9, 10, 17, 1000])
    func pingsAreAnsweredAndAllElsePassesHoweverTheBytesArrive(_ chunk: Int) throws {
        let channel = EmbeddedChannel(handler: PingAckHandler())
        let wire = settings + ping + data + ping + settings
        for start in stride(from: 0, to: wire.count, by: chunk) {
            try channel.writeInbound(ByteBuffer(bytes: wire[start..<min(start + chunk, wire.count)]))
        }
        #expect(try inbound(channel) == settings + data + settings)
        let answer = frame(type: 6, flags: 1, payload: [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try outbound(channel) == answer + answer)
    }

    @Test func answersToOurOwnPingsAndMalformedOnesPass() throws {
        let channel = EmbeddedChannel(handler: PingAckHandler())
        let wire =
            frame(type: 6, flags: 1, payload: [1, 2, 3, 4, 5, 6, 7, 8]) + frame(type: 6, flags: 0, payload: [1])
            + frame(type: 4, flags: 1, payload: [])
        try channel.writeInbound(ByteBuffer(bytes: wire))
        #expect(try inbound(channel) == wire)
        #expect(try outbound(channel).isEmpty)
    }

    private func inbound(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readInbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    private func outbound(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }
}

/// The bytes of an HTTP/2 frame (RFC 9113, section 4.1).
private func frame(type: UInt8, flags: UInt8, stream: UInt8 = 0, payload: [UInt8]) -> [UInt8] {
    [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
}
