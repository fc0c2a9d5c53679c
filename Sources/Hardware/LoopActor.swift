public import NIOCore

/// An actor that lives on an event loop: its calls and the loop's callbacks run on one thread, without hops, and a
/// callback may enter the actor with `assumeIsolated`.
public protocol LoopActor: Actor {
    /// One of a `MultiThreadedEventLoopGroup`: those are their own executors.
    nonisolated var eventLoop: any EventLoop { get }
}

extension LoopActor {
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        // Unowned, hence unsafe: the actor holds its loop, so the loop is there as long as the actor.
        unsafe eventLoop.executor.asUnownedSerialExecutor()
    }
}
