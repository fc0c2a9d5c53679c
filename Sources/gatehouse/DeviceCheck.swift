import Control
import GateModel
import Glibc
import Hardware
import Settings

/// What the system says of the devices that the configuration names.
enum DeviceCheck {
    /// A device that the configuration names for a chip, a reader, a bus or a thermometer.
    struct Device {
        var name: String
        var address: String
        var use: Use
        /// Where the setting stands in the file.
        var line: Int
        /// Why it cannot be used; `nil` if it is there and may be read and written.
        var trouble: String?

        /// Only the daemon, who asks each chip, can say whether there is one with this label.
        fileprivate var isNamedByLabel: Bool {
            guard use == .chip(.gpiod), !address.contains("/") else { return false }
            return unsafe access("/dev/\(address)", F_OK) != 0
        }
    }

    enum Use: Hashable {
        case chip(ChipSettings.Kind)
        case attached(DeviceKind)
    }

    static func devices(of settings: GateSettings) -> [Device] {
        var users: [Node.Identity: String] = [:]
        return named(in: settings).map { device in
            var device = device
            if device.isNamedByLabel { return device }
            do {
                let node = try Node(of: device)
                if let other = users[node.identity] {
                    device.trouble = "it is the same device as that of \(other); a device has one user"
                }
                users[node.identity] = device.name
            } catch {
                device.trouble = "\(error)"
            }
            return device
        }
    }

    private static func named(in settings: GateSettings) -> [Device] {
        let chips = settings.chips.map { Device(name: $0.name, address: $0.path, use: .chip($0.kind), line: $0.line) }
        let readers = settings.readers.compactMap { reader -> Device? in
            func attached(_ address: String, _ kind: DeviceKind) -> Device {
                Device(name: reader.id.rawValue, address: address, use: .attached(kind), line: reader.line)
            }
            switch reader.kind {
            case .sdt(let serial), .qrSerial(let serial, _), .serialRFID(let serial):
                return attached(serial.device, .serialLine)
            case .hidPOS(let device, _): return attached(device, .hidraw)
            case .keyboardWedge(let device, _, _): return attached(device, .input)
            case .sdtUSB(let usb): return usb.device.map { attached($0, .usb) }
            case .osdp, .wiegand: return nil
            }
        }
        let buses = settings.buses.map {
            Device(name: $0.name, address: $0.serial.device, use: .attached(.serialLine), line: $0.line)
        }
        let thermometers = settings.lanes.flatMap(\.accessPoints).compactMap { point in
            point.thermometer.map {
                Device(
                    name: "thermometer of \(point.point.id)", address: $0.serial.device, use: .attached(.serialLine),
                    line: $0.line)
            }
        }
        return chips + readers + buses + thermometers
    }

    /// What stands in the file system for a device, and may be read and written.
    private struct Node {
        /// The same for all names of a device, and for no other.
        enum Identity: Hashable {
            case device(UInt)
            case file(UInt, UInt)
        }

        var identity: Identity

        init(of device: Device) throws {
            let path: String
            let wanted: (type: mode_t, words: String)
            /// As the kernel calls it.
            let subsystem: String?
            switch device.use {
            case .attached(let kind):
                path = try DeviceFinder().node(of: .parse(device.address), as: kind)
                wanted = (S_IFCHR, "a device")
                subsystem =
                    switch kind {
                    case .serialLine: "tty"
                    case .hidraw: "hidraw"
                    case .input: "input"
                    case .usb: "usb"
                    }
            case .chip(.gpiod):
                let isPath = device.address.contains("/")
                (path, wanted, subsystem) = (
                    isPath ? device.address : "/dev/\(device.address)", (S_IFCHR, "a device"), "gpio"
                )
            case .chip(.simulated):
                (path, wanted, subsystem) = (device.address, (S_IFSOCK, "the socket of gatehouse-mock"), nil)
            }
            var facts = stat()
            guard unsafe stat(path, &facts) == 0 else { throw ControlFailure(Self.words(errno)) }
            guard facts.st_mode & S_IFMT == wanted.type else {
                throw ControlFailure("it is \(Self.kind(facts.st_mode)), not \(wanted.words)")
            }
            if let subsystem, let found = Self.subsystem(of: facts.st_rdev), found != subsystem {
                throw ControlFailure("it is a device of the kind '\(found)', not '\(subsystem)'")
            }
            guard unsafe access(path, R_OK | W_OK) == 0 else { throw ControlFailure(Self.words(errno)) }
            identity =
                wanted.type == S_IFCHR
                ? .device(UInt(facts.st_rdev)) : .file(UInt(facts.st_dev), UInt(facts.st_ino))
        }

        /// What the kernel calls the kind of a device; `nil` where it does not say, as of pseudo-terminals.
        private static func subsystem(of device: dev_t) -> String? {
            var target = [CChar](repeating: 0, count: 256)
            let link = "/sys/dev/char/\(device >> 8 & 0xFFF):\(device & 0xFF | device >> 12 & 0xFFF00)/subsystem"
            let length = unsafe readlink(link, &target, target.count)
            guard length > 0 else { return nil }
            let path = String(decoding: target.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return path.split(separator: "/").last.map(String.init)
        }

        private static func kind(_ mode: mode_t) -> String {
            switch mode & S_IFMT {
            case S_IFDIR: "a directory"
            case S_IFREG: "a plain file"
            case S_IFIFO: "a pipe"
            case S_IFSOCK: "a socket"
            default: "a device of another kind"
            }
        }

        private static func words(_ code: Int32) -> String {
            switch code {
            case ENOENT: "there is no such device"
            case EACCES: "permission denied for this user"
            default: unsafe String(cString: strerror(code))
            }
        }
    }
}
