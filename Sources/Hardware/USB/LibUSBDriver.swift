package import NIOCore

/// Opens USB devices through libusb.
package struct LibUSBDriver: USBDriver {
    private let host: USBHost
    private let eventLoop: any EventLoop

    package init(host: USBHost, eventLoop: any EventLoop) {
        self.host = host
        self.eventLoop = eventLoop
    }

    package func open(_ target: USBTarget, owner: any USBConnectionOwner) -> any USBConnection {
        LibUSBConnection(target, host: host, eventLoop: eventLoop, owner: owner)
    }
}

/// The side of a ``LibUSBDevice`` that is used on the event loop: it passes on what is asked.
private final class LibUSBConnection: USBConnection {
    private let host: USBHost
    private let eventLoop: any EventLoop
    private let owner: NIOLoopBoundBox<(any USBConnectionOwner)?>
    private let device: LibUSBDevice

    init(_ target: USBTarget, host: USBHost, eventLoop: any EventLoop, owner: any USBConnectionOwner) {
        self.host = host
        self.eventLoop = eventLoop
        self.owner = NIOLoopBoundBox(owner, eventLoop: eventLoop)
        device = LibUSBDevice(host: host, eventLoop: eventLoop, owner: self.owner)
        perform { [device] in device.open(target, in: $0) }
    }

    func read(from endpoint: USBEndpoint) { perform { [device] _ in device.read(from: endpoint) } }

    func write(_ write: USBReaderLink.Write) { perform { [device] _ in device.write(write) } }

    func close() {
        owner.value = nil
        perform { [device] _ in device.close() }
    }

    private func perform(_ command: @escaping USBHost.Command) {
        do throws(USBError) {
            try host.perform(command)
        } catch {
            eventLoop.execute { [owner] in owner.value?.ended(error) }
        }
    }
}
