import Glibc
package import NIOCore
import NIOPosix

/// What the kernel writes into its log from now on (dev-kmsg in the kernel's ABI documentation), read on an event loop.
package struct KernelLog: Sendable {
    private let channel: NIOAsyncChannel<String, Never>

    /// - Throws: `HostSystemError`; a kernel that keeps its log to itself asks for CAP_SYSLOG.
    package static func open(_ path: String = "/dev/kmsg", on group: any EventLoopGroup) async throws -> KernelLog {
        let file = try FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK)
        // What was written before is not news.
        lseek(file.number, 0, SEEK_END)
        let number = file.release()
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                // A record is given whole, or not at all to whom has no room for it.
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384))
                .takingOwnershipOfDescriptor(input: number) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(KernelRecordDecoder())
                        return try NIOAsyncChannel<String, Never>(wrappingChannelSynchronously: channel)
                    }
                }
            return KernelLog(channel: channel)
        } catch {
            close(number)
            throw error
        }
    }

    /// Calls `body` for each message of the kernel's own, until the task is cancelled.
    ///
    /// To be called once. Throws when the kernel has written more than it keeps before it was read.
    package func forEachMessage(_ body: (String) async -> Void) async throws {
        try await channel.executeThenClose { messages in
            for try await message in messages { await body(message) }
        }
    }
}

/// Makes messages of records: `priority,number,time,flags;message`, and further lines.
private final class KernelRecordDecoder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = String

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let record = String(buffer: unwrapInboundIn(data))
        let parts = record.prefix { $0 != "\n" }.split(separator: ";", maxSplits: 1)
        // From 8 on it is somebody else who says so.
        guard parts.count == 2, let priority = Int(parts[0].prefix { $0 != "," }), priority < 8 else { return }
        context.fireChannelRead(wrapInboundOut(String(parts[1])))
    }
}
