public import GateModel

/// What a device is used as.
public enum DeviceKind: String, Hashable, Sendable, CaseIterable {
    case serialLine, hidraw, input, usb

    /// As said to a technician.
    var words: String {
        switch self {
        case .serialLine: "serial line"
        case .hidraw: "HID device"
        case .input: "keyboard"
        case .usb: "USB device"
        }
    }
}

/// A USB device, as one of the things that it can be used as.
public struct AttachedDevice: Hashable, Sendable, CustomStringConvertible {
    public var kind: DeviceKind
    /// Such as `/dev/ttyUSB0` or `/dev/bus/usb/001/004`.
    public var node: String
    public var port: USBPort
    /// `nil` for the device as a whole.
    public var interface: USBInterface?
    public var id: USBProductID?
    public var serial: String?

    /// As said to a technician: the node and what an address could name it by.
    public var description: String {
        let serial = serial.map { ", serial number \(Self.printable($0))" } ?? ""
        let id = id.map { "\($0), " } ?? ""
        return "\(node) (\(id)usb-port:\(port)\(interface.map { ":\($0)" } ?? "")\(serial))"
    }

    /// A device may call itself anything; a terminal must not be steered by it.
    static func printable(_ text: String) -> String {
        String(
            text.unicodeScalars.prefix(126).map {
                $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "?" : Character($0)
            })
    }
}

/// Finds the nodes of devices in the kernel's tree.
public struct DeviceFinder: Sendable {
    private let tree: any DeviceTree
    private let nodes: String

    /// - Parameter nodes: where the device nodes are.
    public init(tree: any DeviceTree = SystemDeviceTree(), nodes: String = "/dev") {
        self.tree = tree
        self.nodes = nodes
    }

    /// The node of the one device that an address names. A path is given back as it is.
    public func node(of address: DeviceAddress, as kind: DeviceKind) throws(DeviceAddressError) -> String {
        if case .path(let path) = address { return path }
        let present = devices(kind)
        let found = present.filter { Self.fits($0, address, kind) }
        if found.count == 1 { return found[0].node }
        guard found.isEmpty else { throw .ambiguous(address.description, kind, found) }
        // The right device in another mode is the likeliest mistake.
        let sameDevice = DeviceKind.allCases.flatMap { other in
            other == kind ? [] : devices(other).filter { Self.fits($0, address, other) }
        }
        if !sameDevice.isEmpty { throw .otherKind(address.description, kind, sameDevice) }
        throw .absent(address.description, kind, present: present)
    }

    /// The node of the one USB device that has one of these numbers.
    public func node(ofAny ids: [USBProductID]) throws(DeviceAddressError) -> String {
        let present = devices(.usb)
        let found = present.filter { $0.id.map(ids.contains) ?? false }
        if found.count == 1 { return found[0].node }
        let name = ids.map(\.description).joined(separator: ", ")
        if found.isEmpty { throw .absent(name, .usb, present: present) }
        throw .ambiguous(name, .usb, found)
    }

    /// Everything of this kind that is on a USB port, in the order of ports.
    public func devices(_ kind: DeviceKind) -> [AttachedDevice] {
        let found =
            switch kind {
            case .serialLine: classDevices("tty", kind) { nodes + "/" + $0 }
            case .hidraw: classDevices("hidraw", kind) { nodes + "/" + $0 }
            case .input: classDevices("input", kind) { $0.hasPrefix("event") ? nodes + "/input/" + $0 : nil }
            case .usb: tree.names(in: Self.usbDevices).compactMap { wholeDevice($0) }
            }
        return found.sorted { ($0.port.description, $0.node) < ($1.port.description, $1.node) }
    }

    private static let usbDevices = "bus/usb/devices"

    /// Members of a class lie below the interface that they belong to:
    /// `…/usb1/1-1/1-1.4/1-1.4:1.0/ttyUSB0/tty/ttyUSB0`.
    private func classDevices(
        _ name: String, _ kind: DeviceKind, node: (String) -> String?
    ) -> [AttachedDevice] {
        tree.names(in: "class/" + name).compactMap { member in
            guard let node = node(member), let path = tree.target(of: "class/\(name)/\(member)") else { return nil }
            for component in path.split(separator: "/").reversed() {
                let parts = component.split(separator: ":", omittingEmptySubsequences: false)
                guard parts.count == 2, let port = USBPort(parts[0]), let interface = USBInterface(parts[1]) else {
                    continue
                }
                return device(kind, node, port, interface)
            }
            return nil
        }
    }

    private func wholeDevice(_ name: String) -> AttachedDevice? {
        // Root hubs (`usb1`) and interfaces (`1-1:1.0`) are no ports; other hubs have this class.
        guard let port = USBPort(name), attribute("bDeviceClass", of: port) != "09",
            let bus = attribute("busnum", of: port).flatMap({ UInt16($0) }),
            let number = attribute("devnum", of: port).flatMap({ UInt16($0) })
        else { return nil }
        return device(.usb, "\(nodes)/bus/usb/\(Self.threeDigits(bus))/\(Self.threeDigits(number))", port, nil)
    }

    private func device(
        _ kind: DeviceKind, _ node: String, _ port: USBPort, _ interface: USBInterface?
    ) -> AttachedDevice {
        var id: USBProductID?
        if let vendor = attribute("idVendor", of: port), let product = attribute("idProduct", of: port) {
            id = USBProductID(vendor + ":" + product)
        }
        return AttachedDevice(
            kind: kind, node: node, port: port, interface: interface, id: id, serial: attribute("serial", of: port))
    }

    private func attribute(_ name: String, of port: USBPort) -> String? {
        tree.text(of: "\(Self.usbDevices)/\(port)/\(name)")
    }

    private static func threeDigits(_ number: UInt16) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private static func fits(_ device: AttachedDevice, _ address: DeviceAddress, _ kind: DeviceKind) -> Bool {
        switch address {
        case .path: false
        // A device as a whole has every interface.
        case .usbPort(let port, let interface):
            device.port == port && (interface == nil || kind == .usb || device.interface == interface)
        case .usbSerial(let serial, let id): device.serial == serial && (id == nil || device.id == id)
        }
    }
}
