internal import NIOCore

/// Answers the server's HTTP/2 PING frames before NIOHTTP2 sees them.
///
/// A Go server sends a PING for almost every request, to estimate the bandwidth-delay product. NIOHTTP2 counts them as
/// control frames and closes a connection that brings more than 200 of them in 30 seconds, which gRPC Swift gives no
/// way to change. Answers to our own PINGs pass through, as does every other frame.
///
/// It must be the first handler of the pipeline, on a plaintext connection: it reads the bytes of the wire.
final class PingAckHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the next bytes of the connection are.
    private enum State {
        /// The start of a frame; the buffer holds the part of it that has come.
        case frameStart(ByteBuffer)
        /// The rest of a frame that passes through.
        case passing(remaining: Int)
    }

    private static let headerLength = 9
    private static let pingLength = headerLength + 8
    private static let pingType: UInt8 = 6
    private static let ackFlag: UInt8 = 1

    private var state = State.frameStart(ByteBuffer())

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        var output = context.channel.allocator.buffer(capacity: input.readableBytes + Self.pingLength)
        var acknowledged = false
        while input.readableBytes > 0 {
            if let ping = advance(&input, into: &output) {
                acknowledged = true
                context.write(wrapOutboundOut(acknowledgement(of: ping)), promise: nil)
            }
        }
        if acknowledged { context.flush() }
        if output.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(output)) }
    }

    /// Consumes bytes up to the end of a frame or of the input; returns the frame when it is a PING to be answered.
    private func advance(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> ByteBuffer? {
        switch state {
        case .passing(let remaining):
            let count = min(remaining, input.readableBytes)
            if var part = input.readSlice(length: count) { output.writeBuffer(&part) }
            state = count == remaining ? .frameStart(ByteBuffer()) : .passing(remaining: remaining - count)
            return nil
        case .frameStart(var held):
            fill(&held, to: Self.headerLength, from: &input)
            guard held.readableBytes >= Self.headerLength else {
                state = .frameStart(held)
                return nil
            }
            guard isPing(held) else {
                let length = payloadLength(held)
                output.writeBuffer(&held)
                state = length == 0 ? .frameStart(ByteBuffer()) : .passing(remaining: length)
                return nil
            }
            fill(&held, to: Self.pingLength, from: &input)
            guard held.readableBytes == Self.pingLength else {
                state = .frameStart(held)
                return nil
            }
            state = .frameStart(ByteBuffer())
            return held
        }
    }

    private func fill(_ held: inout ByteBuffer, to length: Int, from input: inout ByteBuffer) {
        let missing = min(max(0, length - held.readableBytes), input.readableBytes)
        if var part = input.readSlice(length: missing) { held.writeBuffer(&part) }
    }

    private func payloadLength(_ header: ByteBuffer) -> Int {
        header.viewBytes(at: header.readerIndex, length: 3)?.reduce(0) { $0 << 8 | Int($1) } ?? 0
    }

    /// A PING of the legal length (RFC 9113, section 6.7) that is no answer; others are NIOHTTP2's to refuse.
    private func isPing(_ header: ByteBuffer) -> Bool {
        let type = header.getInteger(at: header.readerIndex + 3, as: UInt8.self)
        let flags = header.getInteger(at: header.readerIndex + 4, as: UInt8.self)
        return type == Self.pingType && (flags ?? 0) & Self.ackFlag == 0
            && payloadLength(header) == Self.pingLength - Self.headerLength
    }

    private func acknowledgement(of ping: ByteBuffer) -> ByteBuffer {
        var frame = ping
        frame.setInteger(Self.ackFlag, at: frame.readerIndex + 4)
        return frame
    }
}
