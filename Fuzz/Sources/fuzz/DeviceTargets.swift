import GateModel
import HardwareParts

extension FuzzTarget {
    static let devices = [
        FuzzTarget("uevent", longestInput: 1024) { input in
            guard let event = DeviceEvent(kernelMessage: input.payload.span) else { return }
            // A byte that is no UTF-8 becomes three.
            expect(event.devicePath.utf8.count <= 3 * input.payload.count, "a path is part of the message")
            expect(event.node?.utf8.starts(with: "/dev/".utf8) ?? true, "a node stands below /dev")
        },
        FuzzTarget("device-address") { input in
            let text = input.text
            do throws(DeviceAddressError) {
                let address = try DeviceAddress.parse(text)
                let again = DeviceAddress(address.description)
                expect(again == address, "an address is read from what it is written as")
            } catch {
                expect(!error.description.isEmpty, "an error has words")
            }
        },
    ]
}
