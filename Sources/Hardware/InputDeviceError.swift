import GateModel
import Glibc

/// Why a scanner's hidraw or evdev device could not be opened.
public struct InputDeviceError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        case hidraw, evdev
    }

    public enum Cause: Hashable, Sendable {
        case noSuchDevice, permissionDenied
        /// Another process has it, or this one twice.
        case busy
        /// It is something else than the kind says.
        case wrongKind
        case failed(Errno)
    }

    public var kind: Kind
    public var path: String
    public var cause: Cause

    public init(kind: Kind, path: String, cause: Cause) {
        self.kind = kind
        self.path = path
        self.cause = cause
    }

    init(_ error: Errno, kind: Kind, path: String) {
        let cause: Cause =
            switch error.code {
            // ENXIO, ENODEV and EIO: the path is there and its device is gone.
            case ENOENT, ENXIO, ENODEV, EIO, ENOTDIR: .noSuchDevice
            case EACCES, EPERM: .permissionDenied
            case EBUSY, EWOULDBLOCK: .busy
            case ENOTTY, EISDIR, EINVAL: .wrongKind
            default: .failed(error)
            }
        self.init(kind: kind, path: path, cause: cause)
    }

    public var description: String {
        switch (cause, kind) {
        case (.noSuchDevice, _):
            "There is no device \(path). Plug the scanner in, or correct the path; \(list)."
        case (.permissionDenied, .hidraw):
            "Gatehouse may not open \(path). Give it to the group input, which the user that it runs as has to be in, with "
                + "the udev rule SUBSYSTEM==\"hidraw\", GROUP=\"input\", MODE=\"0660\", and plug the scanner in again."
        case (.permissionDenied, .evdev):
            "Gatehouse may not open \(path). Add the user that it runs as to the group input."
        case (.busy, .hidraw):
            "Another program holds \(path). Stop it (`fuser -v \(path)` names it), or use another device."
        case (.busy, .evdev):
            "\(path) could not be grabbed: another program has it. Without that the scanner would type into whatever "
                + "has the focus, so it is not used. Stop the other program; `fuser -v \(path)` names it."
        case (.wrongKind, .hidraw):
            "\(path) is not a hidraw device. Correct the path; \(list)."
        case (.wrongKind, .evdev):
            "\(path) is not an input device, so it could not be grabbed. Correct the path; \(list)."
        case (.failed(let error), _):
            "\(path) cannot be used as a scanner: \(error). Unplug it and plug it in again, or replace it."
        }
    }

    private var list: String {
        switch kind {
        case .hidraw: "`grep HID_NAME /sys/class/hidraw/*/device/uevent` shows what is there"
        case .evdev: "`ls /dev/input/by-id` shows what is there"
        }
    }
}

extension OpenFailure {
    package init(_ error: InputDeviceError) {
        self.init(state: error.cause == .noSuchDevice ? .absent : .failed, reason: error.description)
    }
}
