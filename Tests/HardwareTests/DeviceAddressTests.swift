import GateModel
import Hardware
import TestSupport
import Testing

struct DeviceAddressTests {
    private func error(_ text: String) -> DeviceAddressError? {
        do throws(DeviceAddressError) {
            _ = try DeviceAddress.parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            "/dev/ttyS1", "/dev/serial/by-id/usb-Maker_Product-if00", "./devices/reader", "usb-port:1-1",
            "usb-port:1-1.4",
            "usb-port:12-1.2.3.4.5.6.255", "usb-port:1-1.4:1.0", "usb-serial:A10B2", "usb-serial:A10B2@0403:6001",
            "usb-serial:with:colons@and@signs",
        ])
    func `an address is written as it was read`(text: String) throws {
        #expect(try DeviceAddress.parse(text).description == text)
    }

    @Test func `the parts of an address are told apart`() throws {
        let port = try #require(USBPort("1-1.4"))
        #expect(try DeviceAddress.parse("usb-port:1-1.4") == .usbPort(port, nil))
        let interface = USBInterface(configuration: 1, number: 2)
        #expect(try DeviceAddress.parse("usb-port:1-1.4:1.2") == .usbPort(port, interface))
        #expect(try DeviceAddress.parse("usb-serial:A@B") == .usbSerial("A@B", nil))
        let id = USBProductID(vendor: 0x0400, product: 0xC35A)
        #expect(try DeviceAddress.parse("usb-serial:A@0400:c35a") == .usbSerial("A", id))
    }

    @Test(
        arguments: [
            "", "ttyUSB0", "/dev/tty\0USB0", "usb-port:", "usb-port:1", "usb-port:usb1", "usb-port:1-",
            "usb-port:1-1.", "usb-port:0-1", "usb-port:1-0", "usb-port:1-256", "usb-port:01-1", "usb-port:1-1.+4",
            "usb-port:1-1.2.3.4.5.6.7.8", "usb-port:1-1:", "usb-port:1-1:1", "usb-port:1-1:1.0.0", "usb-port:1-1:256.0",
            "usb-port:1-1:01.0", "usb-serial:", "usb-serial:@0400:C35A", "usb-port:../../etc",
            "/" + String(repeating: "x", count: 4095),
            "usb-serial:" + String(repeating: "9", count: 379),
        ])
    func `what is no address is refused with the forms there are`(text: String) throws {
        #expect(error(text) == .malformed(text))
        #expect("\(try #require(error(text)))".contains("usb-port:1-1.4"))
    }

    @Test func `no text whatever stops it`() {
        var random = SeededGenerator(seed: 62)
        let alphabet = Array("usb-portserial:/@.0123456789ABCDEFxyz-\u{0}é☃")
        for _ in 0..<5000 {
            let text = String(
                (0..<Int.random(in: 0...24, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                })
            let whole = ["", "usb-port:", "usb-serial:"][Int.random(in: 0..<3, using: &random)] + text
            guard let address = DeviceAddress(whole) else { continue }
            // Hexadecimal digits may be written small.
            #expect(address.description.lowercased() == whole.lowercased())
        }
    }

    @Test func `product numbers are four hexadecimal digits each`() {
        #expect(USBProductID("0400:C35A") == USBProductID(vendor: 0x0400, product: 0xC35A))
        #expect(USBProductID("0400:c35a")?.description == "0400:C35A")
        #expect(USBProductID(vendor: 1, product: 0).description == "0001:0000")
        for text in ["", "0400", "0400:", ":C35A", "400:C35A", "0400:C35A:1", "0x00:C35A", "+400:C35A", "0400:C35٣"] {
            #expect(USBProductID(text) == nil)
        }
    }
}
