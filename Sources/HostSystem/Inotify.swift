import Glibc
package import NIOCore
import NIOPosix

/// The kernel's notices of changes in directories, read on an event loop: no thread of its own, no polling.
///
/// The queue is the kernel's and is bounded by it: a reader that is too slow gets one `overflow` event instead of
/// what did not fit.
package final class Inotify: Sendable {
    private let descriptor: Int32
    private let channel: NIOAsyncChannel<InotifyEvent, Never>

    private init(descriptor: Int32, channel: NIOAsyncChannel<InotifyEvent, Never>) {
        self.descriptor = descriptor
        self.channel = channel
    }

    deinit { close(descriptor) }

    /// A new queue without watches.
    /// - Throws: `HostSystemError`, above all when the user's limit of inotify instances is reached.
    package static func open(on group: any EventLoopGroup) async throws -> Inotify {
        let queue = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard queue >= 0 else { throw HostSystemError.system("open", "an inotify queue") }
        // The channel closes its descriptor when it ends. Ours is a second one on the same queue, so that a late
        // `watch` can never meet a number which the kernel has given to somebody else.
        let own = fcntl(queue, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else {
            let failure = errno
            close(queue)
            throw HostSystemError.system("open", "an inotify queue", errorNumber: failure)
        }
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384))
                .takingOwnershipOfDescriptor(input: queue) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(InotifyEventDecoder())
                        return try NIOAsyncChannel<InotifyEvent, Never>(wrappingChannelSynchronously: channel)
                    }
                }
            return Inotify(descriptor: own, channel: channel)
        } catch {
            close(own)
            close(queue)
            throw error
        }
    }

    /// Listens for changes in a directory, following links; a second call for the same inode replaces the kinds and
    /// returns the same watch.
    /// - Throws: `HostSystemError` with code `notFound` or `wrongKind` when no directory is there.
    package func watch(directory path: String, for kinds: InotifyEvent.Kinds) throws -> InotifyWatch {
        let number = inotify_add_watch(descriptor, path, kinds.rawValue | UInt32(IN_ONLYDIR) | UInt32(IN_EXCL_UNLINK))
        guard number >= 0 else { throw HostSystemError.system("watch", path) }
        return InotifyWatch(number: number)
    }

    /// Listens for the first of these things to happen to a file: one event, after which the watch has ended by itself.
    /// - Throws: `HostSystemError`, above all when the user's limit of watches is reached.
    package func watchOnce(file path: String, for kinds: InotifyEvent.Kinds) throws -> InotifyWatch {
        let number = inotify_add_watch(descriptor, path, kinds.rawValue | UInt32(IN_ONESHOT))
        guard number >= 0 else { throw HostSystemError.system("watch", path) }
        return InotifyWatch(number: number)
    }

    /// Ends a watch; one that has ended by itself is success.
    package func end(_ watch: InotifyWatch) {
        _ = inotify_rm_watch(descriptor, watch.number)
    }

    /// Calls `body` for each event in the kernel's order until the task is cancelled, then closes the queue.
    ///
    /// To be called once. While `body` runs, events wait in the kernel.
    package func forEachEvent(_ body: (InotifyEvent) async throws -> Void) async throws {
        try await channel.executeThenClose { events in
            for try await event in events { try await body(event) }
        }
    }
}

/// Cuts what the kernel wrote into events; a read never returns a part of one.
private final class InotifyEventDecoder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = InotifyEvent

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        while let event = buffer.readInotifyEvent() { context.fireChannelRead(wrapInboundOut(event)) }
    }
}

extension ByteBuffer {
    /// `struct inotify_event`: watch, mask, cookie, length of the name, and the name padded with zero bytes.
    fileprivate mutating func readInotifyEvent() -> InotifyEvent? {
        guard
            let (watch, mask, cookie, length) = readMultipleIntegers(
                endianness: .host, as: (Int32, UInt32, UInt32, UInt32).self),
            let padded = readBytes(length: Int(length))
        else { return nil }
        return InotifyEvent(
            watch: InotifyWatch(number: watch), kinds: InotifyEvent.Kinds(rawValue: mask), cookie: cookie,
            name: String(decoding: padded.prefix { $0 != 0 }, as: UTF8.self))
    }
}
