import FoundationEssentials
import GateModel
import Hardware
import Testing

/// A tree of the same shape as the kernel's, in a directory of its own.
private final class MadeUpTree {
    private let directory: TemporaryDirectory
    let finder: DeviceFinder

    init() throws {
        directory = try TemporaryDirectory()
        finder = DeviceFinder(tree: SystemDeviceTree(root: directory.path))
    }

    func attach(
        _ port: String, _ id: String, serial: String? = nil, number: Int, deviceClass: String = "00"
    ) throws {
        let parts = id.split(separator: ":")
        var attributes = [
            "idVendor": String(parts[0]), "idProduct": String(parts[1]), "busnum": "1", "devnum": "\(number)",
            "bDeviceClass": deviceClass,
        ]
        attributes["serial"] = serial
        let folder = directory("bus/usb/devices/" + port)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, value) in attributes { try Data((value + "\n").utf8).write(to: URL(filePath: folder + "/" + name)) }
    }

    /// A member of a class, below an interface or, without one, nowhere on the bus.
    func add(_ name: String, class kind: String, interface: String? = nil, below: String = "") throws {
        let folder = directory("class/" + kind)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let bus = "../../devices/pci0000:00/0000:00:14.0/usb1/"
        let target =
            interface.map { bus + $0 + "/" + below + kind + "/" + name } ?? "../../devices/virtual/\(kind)/\(name)"
        try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: target)
    }

    /// Two serial adapters of one make, a scanner with two interfaces, an ID-card reader, and what is always there.
    static func site() throws -> MadeUpTree {
        let tree = try MadeUpTree()
        try tree.attach("usb1", "1d6b:0002", serial: "0000:00:14.0", number: 1, deviceClass: "09")
        try tree.attach("1-1", "05e3:0608", number: 2, deviceClass: "09")
        try tree.attach("1-1.1", "0403:6001", serial: "A1", number: 3)
        try tree.attach("1-1.2", "0403:6001", serial: "A2", number: 4)
        try tree.attach("1-1.3", "1eab:0c22", serial: "SCAN", number: 5)
        try tree.attach("1-1.4", "0400:c35a", number: 12)
        try tree.add("tty0", class: "tty")
        try tree.add("ttyUSB0", class: "tty", interface: "1-1/1-1.1/1-1.1:1.0", below: "ttyUSB0/")
        try tree.add("ttyUSB1", class: "tty", interface: "1-1/1-1.2/1-1.2:1.0", below: "ttyUSB1/")
        try tree.add("hidraw0", class: "hidraw", interface: "1-1/1-1.3/1-1.3:1.0", below: "0003:1EAB:0C22.0001/")
        try tree.add("hidraw1", class: "hidraw", interface: "1-1/1-1.3/1-1.3:1.1", below: "0003:1EAB:0C22.0002/")
        try tree.add("input3", class: "input", interface: "1-1/1-1.3/1-1.3:1.1", below: "0003:1EAB:0C22.0002/")
        try tree.add("event3", class: "input", interface: "1-1/1-1.3/1-1.3:1.1", below: "0003:1EAB:0C22.0002/input3/")
        return tree
    }
}

struct DeviceFinderTests {
    private func node(_ text: String, _ kind: DeviceKind, in tree: MadeUpTree) throws -> String {
        try tree.finder.node(of: .parse(text), as: kind)
    }

    private func error(_ text: String, _ kind: DeviceKind, in tree: MadeUpTree) throws -> DeviceAddressError {
        let address = try DeviceAddress.parse(text)
        return try #require(throws: DeviceAddressError.self) { try tree.finder.node(of: address, as: kind) }
    }

    @Test func `a device is found by its port and by its serial number`() throws {
        let tree = try MadeUpTree.site()
        #expect(try node("usb-port:1-1.1", .serialLine, in: tree) == "/dev/ttyUSB0")
        #expect(try node("usb-serial:A2", .serialLine, in: tree) == "/dev/ttyUSB1")
        #expect(try node("usb-serial:A2@0403:6001", .serialLine, in: tree) == "/dev/ttyUSB1")
        #expect(try node("usb-port:1-1.3:1.1", .hidraw, in: tree) == "/dev/hidraw1")
        #expect(try node("usb-port:1-1.3", .input, in: tree) == "/dev/input/event3")
        #expect(try node("usb-port:1-1.4", .usb, in: tree) == "/dev/bus/usb/001/012")
        #expect(try node("usb-port:1-1.4:1.0", .usb, in: tree) == "/dev/bus/usb/001/012")
    }

    @Test func `a path is taken as it is`() throws {
        #expect(try node("/dev/serial/by-id/x", .serialLine, in: MadeUpTree()) == "/dev/serial/by-id/x")
    }

    @Test func `a device that moved to another port is found there and no longer at the old one`() throws {
        let tree = try MadeUpTree()
        try tree.attach("1-2", "0403:6001", serial: "A1", number: 9)
        try tree.add("ttyUSB5", class: "tty", interface: "1-2/1-2:1.0", below: "ttyUSB5/")
        #expect(try node("usb-serial:A1", .serialLine, in: tree) == "/dev/ttyUSB5")
        _ = try error("usb-port:1-1.1", .serialLine, in: tree)
    }

    @Test func `what is absent tells what is there instead`() throws {
        let tree = try MadeUpTree.site()
        let error = try error("usb-port:1-4", .serialLine, in: tree)
        guard case .absent = error else { return #expect(error == .malformed("")) }
        let text = "\(error)"
        #expect(text.contains("no serial line usb-port:1-4"))
        #expect(text.contains("/dev/ttyUSB0 (0403:6001, usb-port:1-1.1:1.0, serial number A1)"))
        #expect(text.contains("/dev/ttyUSB1"))
        #expect(
            try "\(self.error("usb-serial:B9", .hidraw, in: MadeUpTree()))".contains("No HID device is plugged in."))
    }

    @Test func `a serial number on a device of another make is not taken`() throws {
        let tree = try MadeUpTree.site()
        guard case .absent = try error("usb-serial:A1@0400:C35A", .serialLine, in: tree) else {
            Issue.record("taken")
            return
        }
    }

    @Test func `a device in another mode is named with what it is now`() throws {
        let error = try error("usb-serial:SCAN", .serialLine, in: MadeUpTree.site())
        guard case .otherKind = error else { return #expect(error == .malformed("")) }
        #expect("\(error)".contains("/dev/hidraw0"))
        #expect("\(error)".contains("Switch its interface mode"))
    }

    @Test func `two devices that fit are both named and none is taken`() throws {
        let tree = try MadeUpTree.site()
        let error = try error("usb-port:1-1.3", .hidraw, in: tree)
        guard case .ambiguous(_, _, let found) = error else { return #expect(error == .malformed("")) }
        #expect(found.map(\.node) == ["/dev/hidraw0", "/dev/hidraw1"])
        #expect("\(error)".contains("usb-port:1-1.3:1.1"))
        // The same maker gave the same number twice.
        try tree.attach("1-1.1", "0403:6001", serial: "A2", number: 3)
        guard case .ambiguous = try self.error("usb-serial:A2", .serialLine, in: tree) else {
            Issue.record("one was taken")
            return
        }
    }

    @Test func `the one reader with a known number is found, two are not`() throws {
        let tree = try MadeUpTree.site()
        let ids = [USBProductID(vendor: 0x0400, product: 0xC35A), USBProductID(vendor: 0x0483, product: 0x5750)]
        #expect(try tree.finder.node(ofAny: ids) == "/dev/bus/usb/001/012")
        try tree.attach("1-2", "0483:5750", number: 13)
        #expect(throws: DeviceAddressError.self) { try tree.finder.node(ofAny: ids) }
        #expect(throws: DeviceAddressError.self) { try tree.finder.node(ofAny: []) }
    }

    @Test func `hubs are no devices`() throws {
        let tree = try MadeUpTree.site()
        #expect(tree.finder.devices(.usb).map(\.port.description) == ["1-1.1", "1-1.2", "1-1.3", "1-1.4"])
    }

    @Test func `a device cannot steer a terminal by its serial number`() throws {
        let tree = try MadeUpTree()
        try tree.attach("1-1", "0400:C35A", serial: "A\u{1B}[2J\u{9B}2J", number: 2)
        let text = try #require(tree.finder.devices(.usb).first).description
        #expect(text.contains("serial number A?[2J?2J"))
    }

    @Test func `of many devices the first are named and the rest counted`() throws {
        let tree = try MadeUpTree()
        for number in 1...20 { try tree.attach("1-\(number)", "1234:5678", number: number) }
        let text = try "\(error("usb-port:2-1", .usb, in: tree))"
        #expect(text.contains("and 12 more"))
    }

    @Test func `a machine without USB has no devices`() throws {
        let tree = try MadeUpTree()
        for kind in DeviceKind.allCases { #expect(tree.finder.devices(kind) == []) }
    }
}
