public import GateModel

/// Which USB device is meant.
public enum USBTarget: Hashable, Sendable {
    case address(DeviceAddress)
    /// The one device that has one of these numbers.
    case anyOf([USBProductID])

    /// The numbers that SDT readers are known to have. The first is used by several makers and names none of them.
    public static let idCardReaders: [USBProductID] = [
        USBProductID(vendor: 0x0400, product: 0xC35A), USBProductID(vendor: 0x0483, product: 0x5750),
        USBProductID(vendor: 0x28E9, product: 0x028A), USBProductID(vendor: 0x0316, product: 0x5020),
        USBProductID(vendor: 0x0483, product: 0x5652), USBProductID(vendor: 0x9573, product: 0x4836),
    ]
}

/// What opens USB devices.
package protocol USBDriver: Sendable {
    /// Begins to open a device and to take its interface 0.
    ///
    /// - Parameters:
    ///   - owner: is told, on the event loop that this is called on, first of ``USBConnectionOwner/opened(_:)`` or
    ///     ``USBConnectionOwner/ended(_:)``, but not before this returns.
    func open(_ target: USBTarget, owner: any USBConnectionOwner) -> any USBConnection
}

/// A USB device that is being opened or used. To be used on its owner's event loop.
package protocol USBConnection: AnyObject {
    /// Reads packets from a pipe from now on.
    func read(from endpoint: USBEndpoint)

    /// Writes to a pipe. At most one write may be on its way.
    func write(_ write: USBReaderLink.Write)

    /// Gives the device back. Nothing is told after it.
    func close()
}

/// Who uses a USB device. Called on its event loop.
package protocol USBConnectionOwner: AnyObject {
    /// The device is a reader, and its interface is ours.
    func opened(_ transport: USBTransport)

    /// A packet came. It is overwritten with zero afterwards.
    func received(_ packet: Span<UInt8>, from endpoint: UInt8)

    /// A write is done.
    func written()

    /// The device could not be opened or cannot be used any more; it has been given back. Nothing is told after it.
    func ended(_ error: USBError)
}
