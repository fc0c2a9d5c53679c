import GateModel

/// Why a USB device cannot be used.
public enum USBError: Error, Hashable, Sendable, CustomStringConvertible {
    case notFound(DeviceAddressError)
    case noSuchDevice(node: String)
    case permissionDenied(node: String)
    case busy(node: String)
    /// Its pipes, as words.
    case notAReader(node: String, pipes: [String])
    case wentAway(node: String)
    case takesNoRequest(node: String)
    /// What could not be done, and libusb's word for why.
    case failed(node: String, String, String)
    /// libusb does not work on this machine.
    case noUSB(String)

    /// What a reader is that has this error.
    var state: ReaderState {
        switch self {
        case .notFound(.absent), .noSuchDevice, .wentAway: .absent
        case .notFound(.malformed), .notFound(.otherKind), .notFound(.ambiguous), .permissionDenied, .busy, .notAReader,
            .takesNoRequest, .failed, .noUSB:
            .failed
        }
    }

    public var description: String {
        switch self {
        case .notFound(let error):
            return error.description
        case .noSuchDevice(let node):
            return "There is no device \(node). Plug it in, or correct the address; `lsusb` shows what is there."
        case .permissionDenied(let node):
            return
                "Gatehouse may not open \(node). Install its udev rules, or add the user that it runs as to the group "
                + "that owns it (`ls -l \(node)`)."
        case .busy(let node):
            return "Another program uses \(node). Stop it (`fuser -v \(node)` names it), or use another reader."
        case .notAReader(let node, let pipes):
            let found = pipes.isEmpty ? "none" : pipes.joined(separator: ", ")
            return "\(node) is no ID-card reader that Gatehouse knows: its interface 0 should have the pipes 02 OUT, "
                + "06 OUT, 81 IN and 85 IN, or one OUT and one IN, and has \(found). Correct the address, or switch the "
                + "reader to its USB mode."
        case .wentAway(let node):
            return "\(node) went away. Check the cable; it is used again when it is back."
        case .takesNoRequest(let node):
            return "\(node) takes no request. It is opened anew; unplug it and plug it in again if that does not help."
        case .failed(let node, let action, let cause):
            return "\(node) cannot be used: \(action): \(cause). Unplug it and plug it in again, or replace it."
        case .noUSB(let cause):
            return
                "USB does not work on this machine: \(cause). Check that /sys and /dev/bus/usb are there for Gatehouse."
        }
    }
}
