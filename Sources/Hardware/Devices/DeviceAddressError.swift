public import GateModel

/// Why no device node was found.
public enum DeviceAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    case malformed(String)
    /// Nothing fits; these are the devices of the kind that are there.
    case absent(String, DeviceKind, present: [AttachedDevice])
    /// The device is there, but not as what it is needed; these are what it is.
    case otherKind(String, DeviceKind, [AttachedDevice])
    /// Each of these fits.
    case ambiguous(String, DeviceKind, [AttachedDevice])

    /// So many devices are named; a screen holds no more.
    private static let mostNamed = 8

    public var description: String {
        switch self {
        case .malformed(let text):
            return "\"\(AttachedDevice.printable(text))\" names no device. Write a path such as /dev/serial/by-id/..., "
                + "usb-port:1-1.4, usb-port:1-1.4:1.0, usb-serial:NUMBER or usb-serial:NUMBER@VVVV:PPPP."
        case .absent(let name, let kind, let present):
            let there = present.isEmpty ? "No \(kind.words) is plugged in." : "There is: \(Self.list(present))."
            return "There is no \(kind.words) \(AttachedDevice.printable(name)). \(there) Plug it in, or correct the "
                + "address."
        case .otherKind(let name, let kind, let found):
            return "\(AttachedDevice.printable(name)) is there, but not as a \(kind.words): it is \(Self.list(found)). "
                + "Switch its interface mode, or correct the kind of reader."
        case .ambiguous(let name, let kind, let found):
            return
                "\(AttachedDevice.printable(name)) fits more than one \(kind.words): \(Self.list(found)). Name one by "
                + "its port and interface, as shown."
        }
    }

    private static func list(_ devices: [AttachedDevice]) -> String {
        let named = devices.prefix(mostNamed).map(\.description).joined(separator: "; ")
        let rest = devices.count - mostNamed
        return rest > 0 ? "\(named); and \(rest) more" : named
    }
}

extension DeviceAddress {
    /// As ``init(_:)``, with words for a technician.
    public static func parse(_ text: String) throws(DeviceAddressError) -> DeviceAddress {
        guard let address = DeviceAddress(text) else { throw .malformed(text) }
        return address
    }
}
