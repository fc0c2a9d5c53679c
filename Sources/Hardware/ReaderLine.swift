/// A device that bytes come from and, where it takes any, go to. It is opened again whenever it was lost.
///
/// Lives on one event loop: create and use it there. What comes from it is handed to the closures it was made with.
public protocol ReaderLine: AnyObject {
    func start()

    /// Closes the device for good. No closure is called after it.
    func stop()

    /// Sends bytes in this turn of the loop.
    ///
    /// - Returns: whether the device took them; they are dropped if not.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool

    /// Drops what the device has sent and nobody has read yet.
    func flushInput()

    /// Looks for a device that is not there at once, because one has been plugged in.
    func retryNow()
}

extension ReaderLine {
    /// Devices that the kernel empties when they are opened hold nothing from before.
    public func flushInput() {}
}
