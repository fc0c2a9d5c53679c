import Foundation
import GateModel
import Lanes
import Settings
import Testing

@Suite struct ReaderKindTests {
    private static func example(_ old: String = "", _ new: String = "") throws -> String {
        let text = try Shipped.text("readers.example.yaml")
        guard !old.isEmpty else { return text }
        try #require(text.contains(old), "the example has no '\(old)'")
        return text.replacingOccurrences(of: old, with: new)
    }

    private static func settings(_ text: String) throws -> GateSettings {
        try GateSettings.parse(text, file: "gate.yaml", folder: "/etc/gatehouse")
    }

    @Test func `the example with every kind of reader loads and says what its comments say`() throws {
        let settings = try Self.settings(try Self.example())
        #expect(
            settings.readers.map(\.kindWord) == [
                "sdt", "sdt-usb", "qr-serial", "hid-pos", "keyboard-wedge", "serial-rfid", "osdp", "wiegand",
            ])
        #expect(settings.buses.map(\.serial.device) == ["usb-port:1-1.3"])
        #expect(settings.buses.first?.latency == .milliseconds(20))
        let osdp = settings.readers.compactMap { if case .osdp(let osdp) = $0.kind { osdp } else { nil } }
        #expect(osdp.map(\.keyFile) == ["/etc/gatehouse/fob-osdp.key"])
        #expect(osdp.map(\.bus) == ["rs485"])
        let thermometer = try #require(settings.lanes.first?.accessPoints.first?.thermometer)
        #expect(thermometer.limit == 3730)
        #expect(thermometer.kind == .mcu90614)
        #expect(settings.presentations.repeatWindow == .seconds(3))
        #expect(settings.feedback == .standard)
        #expect(settings.readers.map(\.device).contains("main lines 5 and 6"))
    }

    @Test(arguments: [
        Mistake(old: "bus: rs485", new: "bus: rs232", says: ["no bus 'rs232'", "rs485"]),
        Mistake(old: "address: 0", new: "address: 127", says: ["from 0 to 126"]),
        Mistake(old: "key-file: fob-osdp.key   #", new: "#", says: ["either 'key-file'", "clear: true"]),
        Mistake(old: "install: false", new: "clear: true", says: ["either 'key-file'"]),
        Mistake(old: "kind: hid-pos ", new: "kind: hid-kbd ", says: ["hid-pos, keyboard-wedge", "'hid-kbd'"]),
        Mistake(old: "lengths: [26, 34, 8]", new: "lengths: []", says: ["at least one length"]),
        Mistake(old: "accept-aim: [Q1, Q2, Q3, d1, d2, z0]", new: "accept-aim: []", says: ["at least one AIM"]),
        Mistake(old: "make: zone ", new: "make: zones ", says: ["honeywell, newland, zone, zebra-ssi, zkteco"]),
        Mistake(old: "lengths: [26, 34, 8]", new: "lengths: [26, 33]", says: ["4, 6, 8, 26, 30, 32, 34, 37"]),
        Mistake(old: "line: 6,", new: "line: 5,", says: ["already the data 0 line of reader 'keypad'", "one user"]),
        Mistake(old: "\"0400:c35a\"", new: "\"400:c35a\"", says: ["vendor and product", "0400:c35a"]),
        Mistake(old: "\"0400:c35a\"", new: "\"0４:c35a\"", says: ["vendor and product", "0400:c35a"]),
        Mistake(old: "usb-port:1-1.3", new: "usb-port:1.3", says: ["usb-port:1-1.4", "found 'usb-port:1.3'"]),
        Mistake(old: "device: usb-serial:0001", new: "device: \"usb-serial:\"", says: ["usb-serial:NUMBER"]),
        Mistake(old: "limit: 37.3", new: "limit: 99", says: ["from 30 to 42 degrees"]),
        Mistake(old: "device: usb-serial:0001", new: "device: /dev/bus", says: ["usb-port:BUS-PORT"]),
        Mistake(old: "usb-port:1-1.1", new: "usb-port:1-1.3", says: ["already the device of bus 'rs485'"]),
        Mistake(old: "idle-gap: 100ms", new: "suffix: cr", says: ["belongs to kind qr-serial, not to keyboard-wedge"]),
        Mistake(old: "repeat-window: 3s", new: "repeat-window: 5m", says: ["from 0ms to 30s"]),
        Mistake(old: "colour: green", new: "colour: pink", says: ["red, green, amber, blue"]),
        Mistake(
            old: "text: Please go through", new: "text: 请通过", says: ["32 characters of printable ASCII"]),
    ])
    func `a mistake is told with what was expected`(mistake: Mistake) throws {
        let found = problems(try Self.example(mistake.old, mistake.new), folder: "/etc/gatehouse").map(\.message)
        #expect(found.contains { message in mistake.says.allSatisfy(message.contains) }, "\(found)")
    }

    @Test func `principle 11: signals that differ by colour or text alone are refused`() throws {
        let text = try Self.example(
            "retry: {colour: amber, on: 100ms, off: 100ms, for: 2s, beeps: 3, beep: 100ms",
            "retry: {colour: red, on: 2s, off: 0s, for: 2s, beeps: 1, beep: 200ms")
        #expect(
            problems(text).map(\.message).contains { $0.contains("admit and retry differ by colour or text alone") })
    }

    @Test func `nobody is measured on the way out`() throws {
        let text = try Self.example("direction: entry", "direction: exit")
        #expect(problems(text).map(\.message).contains { $0.contains("nobody is measured on the way out") })
    }

    @Test func `two readers do not share an address`() throws {
        let text = try Self.example(
            "          - name: keypad\n",
            "          - {name: second, kind: osdp, bus: rs485, address: 0, clear: true}\n          - name: keypad\n")
        #expect(problems(text).map(\.message).contains { $0.contains("already that of reader 'fob-osdp'") })
    }
}
