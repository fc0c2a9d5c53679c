import CLinuxShims
public import GateModel
import Glibc
public import NIOCore

/// A scanner that poses as a keyboard, by its evdev device, which stays open: when it goes away it is opened again as
/// soon as it is back.
///
/// While it is open, nobody else gets its events: what is scanned is not typed on a console. It is not used otherwise.
///
/// Lives on one event loop: create and use it there, closures are called there. It lives until ``stop()``.
public final class EvdevDevice: ReaderLine {
    public var path: String { line.path }
    /// `ready`: open and grabbed. `absent`: no such device. `failed`: there, but it cannot be opened or grabbed.
    public var state: ReaderState { line.state }
    public var counters: DeviceCounters { line.counters }

    private let line: DeviceLine

    /// - Parameters:
    ///   - path: best a stable one such as `/dev/input/by-id/…`, or any other ``DeviceAddress``.
    ///   - jitter: 0 to 1, see ``ReopenBackoff``.
    ///   - onBytes: whole records of `struct input_event`, stamped by the monotonic clock, and when they were read. The
    ///     bytes are overwritten with zero when the closure returns: copy what must live longer.
    ///   - onState: called on changes only. The reason is a sentence for a technician, `nil` when ready.
    public convenience init(
        path: String,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double = { .random(in: 0..<1) },
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        self.init(
            path: path, eventLoop: eventLoop, clock: clock, jitter: jitter,
            open: { () throws(OpenFailure) in
                let node = try DeviceAddress.node(of: path, as: .input)
                do throws(InputDeviceError) { return try Self.open(path: node) } catch { throw OpenFailure(error) }
            }, onBytes: onBytes, onState: onState)
    }

    /// - Parameter open: opens and grabs the device.
    package init(
        path: String,
        eventLoop: any EventLoop,
        clock: any TimeSource,
        jitter: @escaping () -> Double,
        open: @escaping () throws(OpenFailure) -> OwnedDescriptor,
        onBytes: @escaping (ByteBuffer, MonotonicTime) -> Void,
        onState: @escaping (ReaderState, String?) -> Void
    ) {
        line = DeviceLine(
            path: path,
            // The kernel gives whole records of 24 bytes, as many as fit; it holds 64 for a keyboard.
            kind: DeviceLine.Kind(name: "an input device", isWritable: false, readSize: 64 * 24),
            eventLoop: eventLoop,
            clock: clock,
            jitter: jitter,
            open: open,
            onBytes: onBytes,
            onState: onState)
    }

    public func start() { line.start() }

    public func retryNow() { line.retryNow() }

    /// A keyboard is told nothing.
    public func send(_ bytes: [UInt8]) -> Bool { false }

    /// Closes the device for good, which ends the grab. No closure is called after it.
    public func stop() { line.stop() }

    /// Opens an input device, non-blocking, and takes it for this open file alone.
    ///
    /// The grab ends when the last descriptor of the file is closed, also when the process dies.
    package static func open(path: String) throws(InputDeviceError) -> OwnedDescriptor {
        do throws(Errno) {
            let device = try OwnedDescriptor(opening: path, flags: O_RDONLY | O_NOCTTY | O_NONBLOCK)
            try device.withRawDescriptor { (raw) throws(Errno) in
                guard CLinuxShims_evdev_grab(raw) == 0 else { throw .last }
                guard CLinuxShims_evdev_use_monotonic_clock(raw) == 0 else { throw .last }
            }
            return device
        } catch {
            throw InputDeviceError(error, kind: .evdev, path: path)
        }
    }
}
