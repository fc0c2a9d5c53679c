package import NIOCore
import NIOPosix

/// Hands the bytes of a channel to closures on its event loop, and tells once when the channel ends.
package final class StreamHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    private let onBytes: (ByteBuffer) -> Void
    private let onEnd: ((any Error)?) -> Void
    private var cause: (any Error)?

    /// - Parameter onEnd: takes the error that ended the channel, `nil` if the other side closed it.
    package init(onBytes: @escaping (ByteBuffer) -> Void, onEnd: @escaping ((any Error)?) -> Void) {
        self.onBytes = onBytes
        self.onEnd = onEnd
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        onBytes(unwrapInboundIn(data))
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        cause = cause ?? error
        context.close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        onEnd(cause)
    }
}

extension StreamHandler {
    /// Makes a channel of a character device. On failure the descriptor is closed.
    ///
    /// To be called on `eventLoop`, which the closures run on.
    ///
    /// - Parameters:
    ///   - writable: whether bytes are sent too.
    ///   - readSize: the least number of bytes to ask for in one read, for a device that cuts off what does not fit.
    ///     `nil`: as NIO finds best for a stream.
    package static func open(
        _ descriptor: consuming OwnedDescriptor,
        writable: Bool,
        readSize: Int? = nil,
        on eventLoop: any EventLoop,
        handler: StreamHandler
    ) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(handler, eventLoop: eventLoop)
        var bootstrap = NIOPipeBootstrap(group: eventLoop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(bound.value) }
        }
        if let readSize {
            let allocator = FixedSizeRecvByteBufferAllocator(capacity: readSize)
            bootstrap = bootstrap.channelOption(.recvAllocator, value: allocator)
        }
        let raw = descriptor.release()
        let channel =
            writable
            ? bootstrap.takingOwnershipOfDescriptor(inputOutput: raw)
            : bootstrap.takingOwnershipOfDescriptor(input: raw)
        return channel.flatMapErrorThrowing { error in
            // NIO gives the descriptor back when it fails.
            _ = OwnedDescriptor(takingOwnershipOf: raw)
            throw error
        }
    }
}
