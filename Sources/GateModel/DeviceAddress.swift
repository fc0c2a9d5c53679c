/// How a configuration names a device.
///
/// The product number of a reader changes with its interface mode, so a device is named by its socket or its serial
/// number; a path serves for what is no USB device.
///
/// | text | device |
/// |---|---|
/// | `/dev/serial/by-id/…`, `/dev/ttyS1`, anything else with a `/` | at this path |
/// | `usb-port:1-1.4` | in this socket |
/// | `usb-port:1-1.4:1.0` | in this socket, this interface of it |
/// | `usb-serial:A10B2` | with this serial number |
/// | `usb-serial:A10B2@0403:6001` | the same, if it has this vendor and product number |
public enum DeviceAddress: Hashable, Sendable, CustomStringConvertible {
    case path(String)
    case usbPort(USBPort, USBInterface?)
    case usbSerial(String, USBProductID?)

    /// The longest serial number, in UTF-8 bytes. A USB string has at most 126 UTF-16 units, of 3 bytes at most.
    private static let longestSerial = 378
    /// PATH_MAX without the zero at the end.
    private static let longestPath = 4095

    /// - Returns: `nil` for a text that names no device.
    public init?(_ text: String) {
        if let rest = Self.rest(of: text, after: "usb-port:") {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let port = parts.first.flatMap({ USBPort($0) }) else { return nil }
            if parts.count == 1 {
                self = .usbPort(port, nil)
            } else {
                guard let interface = USBInterface(parts[1]) else { return nil }
                self = .usbPort(port, interface)
            }
        } else if let rest = Self.rest(of: text, after: "usb-serial:") {
            var serial = rest
            var id: USBProductID?
            if let at = rest.lastIndex(of: "@"), let found = USBProductID(rest[rest.index(after: at)...]) {
                serial = rest[..<at]
                id = found
            }
            guard !serial.isEmpty, serial.utf8.count <= Self.longestSerial else { return nil }
            self = .usbSerial(String(serial), id)
        } else if text.contains("/") {
            guard text.utf8.count <= Self.longestPath, !text.utf8.contains(0) else { return nil }
            self = .path(text)
        } else {
            return nil
        }
    }

    private static func rest(of text: String, after prefix: String) -> Substring? {
        text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : nil
    }

    /// As it is written in a configuration.
    public var description: String {
        switch self {
        case .path(let path): path
        case .usbPort(let port, let interface): "usb-port:\(port)" + (interface.map { ":\($0)" } ?? "")
        case .usbSerial(let serial, let id): "usb-serial:\(serial)" + (id.map { "@\($0)" } ?? "")
        }
    }
}
