import GateModel
import Hardware
import TestSupport
import Testing

private func message(_ strings: String...) -> [UInt8] { strings.flatMap { Array($0.utf8) + [0] } }

private func parsed(_ message: [UInt8]) -> DeviceEvent? { DeviceEvent(kernelMessage: message.span) }

/// As the kernel sends it for a serial adapter.
private let serialAdapter = message(
    "add@/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1.4/1-1.4:1.0/ttyUSB0/tty/ttyUSB0", "ACTION=add",
    "DEVPATH=/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1.4/1-1.4:1.0/ttyUSB0/tty/ttyUSB0", "SUBSYSTEM=tty",
    "MAJOR=188", "MINOR=0", "DEVNAME=ttyUSB0", "SEQNUM=4711")

struct DeviceEventTests {
    @Test func `a message of the kernel tells what came, where, and by which node`() throws {
        let event = try #require(parsed(serialAdapter))
        #expect(event.action == .add)
        #expect(event.subsystem == .tty)
        #expect(event.devicePath.hasSuffix("/1-1.4:1.0/ttyUSB0/tty/ttyUSB0"))
        #expect(event.node == "/dev/ttyUSB0")
    }

    @Test(arguments: DeviceEvent.Subsystem.allCases)
    func `every class that a gate uses is told`(subsystem: DeviceEvent.Subsystem) {
        for action in [DeviceEvent.Action.add, .remove, .change] {
            let told = parsed(message("\(action.rawValue)@/devices/x", "SUBSYSTEM=\(subsystem.rawValue)"))
            #expect(told?.action == action)
            #expect(told?.subsystem == subsystem)
            #expect(told?.node == nil)
        }
    }

    @Test func `nodes may lie below a directory`() {
        #expect(parsed(message("add@/d", "SUBSYSTEM=usb", "DEVNAME=bus/usb/001/004"))?.node == "/dev/bus/usb/001/004")
    }

    @Test(
        arguments: [
            [], [0], message(""), message("add"), message("add@"), message("@/devices/x", "SUBSYSTEM=tty"),
            message("bind@/devices/x", "SUBSYSTEM=usb"), message("add@/devices/x"),
            message("add@/devices/x", "SUBSYSTEM=net"), message("add@/devices/x", "SUBSYSTEM"),
            message("libudev", "ACTION=add", "SUBSYSTEM=tty"),
        ])
    func `what is malformed or of no interest is no event`(message: [UInt8]) {
        #expect(parsed(message) == nil)
    }

    @Test func `a message longer than 8 KiB is no event`() {
        let head = message("add@/devices/x", "SUBSYSTEM=tty")
        let filler = [UInt8](repeating: UInt8(ascii: "X"), count: DeviceEvent.longestMessage - head.count)
        #expect(parsed(head + filler) != nil)
        #expect(parsed(head + filler + [0]) == nil)
    }

    @Test func `no bytes whatever stop it`() {
        var random = SeededGenerator(seed: 61)
        for _ in 0..<2000 {
            var bytes = serialAdapter
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0 ... .max, using: &random)
            }
            let cut = bytes[..<Int.random(in: 0...bytes.count, using: &random)]
            if let event = parsed(Array(cut)) { #expect(event.devicePath.utf8.count <= 3 * bytes.count) }
        }
        #expect(parsed(serialAdapter) != nil)
    }
}

struct DeviceNewsTests {
    private func told(_ action: DeviceEvent.Action, _ subsystem: DeviceEvent.Subsystem) throws -> DeviceEvent {
        try #require(parsed(message("\(action.rawValue)@/d", "SUBSYSTEM=\(subsystem.rawValue)")))
    }

    @Test func `only what came or changed is worth a new attempt, and only in its class`() throws {
        var news = DeviceEvents.News()
        #expect(!news.mayHaveBrought(.tty))
        news.add(try told(.remove, .tty))
        news.add(try told(.add, .hidraw))
        #expect(!news.mayHaveBrought(.tty))
        #expect(news.mayHaveBrought(.hidraw))
        news.add(try told(.change, .tty))
        #expect(news.mayHaveBrought(.tty))
    }

    @Test func `a flood is cut off and makes everything worth a new attempt`() throws {
        var news = DeviceEvents.News()
        for _ in 0..<DeviceEvents.News.mostEvents { news.add(try told(.remove, .usb)) }
        #expect(!news.mayHaveBrought(.gpio))
        news.add(try told(.remove, .usb))
        #expect(news.events.count == DeviceEvents.News.mostEvents)
        #expect(news.mayHaveBrought(.gpio))
    }
}
