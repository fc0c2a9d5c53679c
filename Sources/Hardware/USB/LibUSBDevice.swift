import CUSB
import NIOCore

/// A USB device from opening to giving it back, as the thread of ``USBHost`` sees it. Everything is called there.
///
/// It is given back when libusb holds no transfer any more and none is lent to the owner, and only then is its end told:
/// whoever opens it again finds it free.
final class LibUSBDevice: @unchecked Sendable {
    /// How long a request may take to go out.
    private static let writeTimeout: UInt32 = 1000

    private let host: USBHost
    private let eventLoop: any EventLoop
    private let owner: NIOLoopBoundBox<(any USBConnectionOwner)?>
    private var node = ""
    private var handle: LibUSBHandle?
    private var transfers: [LibUSBTransfer] = []
    /// Transfers that libusb holds or the owner looks at.
    private var inFlight = 0
    private var isEnding = false
    /// Why it ends; `nil` if its owner closed it.
    private var error: USBError?

    init(host: USBHost, eventLoop: any EventLoop, owner: NIOLoopBoundBox<(any USBConnectionOwner)?>) {
        self.host = host
        self.eventLoop = eventLoop
        self.owner = owner
    }

    func open(_ target: USBTarget, in context: LibUSBContext) {
        do throws(USBError) {
            node = try find(target)
            let handle = try LibUSBHandle(opening: node, in: context)
            self.handle = handle
            tell { [transport = handle.transport] in $0.opened(transport) }
        } catch {
            end(error)
        }
    }

    func read(from endpoint: USBEndpoint) {
        // One packet at a time: a whole reply may end with a full packet, and a longer transfer would wait for the next.
        start(endpoint, [UInt8](repeating: 0, count: endpoint.packetSize), timeout: 0)
    }

    func write(_ write: USBReaderLink.Write) {
        start(write.endpoint, write.bytes, timeout: Self.writeTimeout)
    }

    func close() { end(nil) }

    private func find(_ target: USBTarget) throws(USBError) -> String {
        do throws(DeviceAddressError) {
            return switch target {
            case .address(let address): try host.finder.node(of: address, as: .usb)
            case .anyOf(let ids): try host.finder.node(ofAny: ids)
            }
        } catch {
            throw .notFound(error)
        }
    }

    private func start(_ endpoint: USBEndpoint, _ bytes: [UInt8], timeout: UInt32) {
        guard let handle, !isEnding else { return }
        let transfer = LibUSBTransfer(handle, endpoint, bytes: bytes, timeout: timeout) { [self] in completed($0) }
        guard let transfer else {
            return end(USBError(LIBUSB_ERROR_NO_MEM.rawValue, node: node, "making a transfer"))
        }
        transfers.append(transfer)
        submit(transfer)
    }

    private func submit(_ transfer: LibUSBTransfer) {
        let code = transfer.submit()
        guard code == 0 else { return end(USBError(code, node: node, "using its pipe \(transfer.endpoint)")) }
        inFlight += 1
    }

    private func completed(_ transfer: LibUSBTransfer) {
        guard !isEnding else { return wentOut(transfer) }
        switch transfer.status {
        case LIBUSB_TRANSFER_COMPLETED where transfer.endpoint.isInput:
            lend(transfer)
        case LIBUSB_TRANSFER_COMPLETED:
            wentOut(transfer)
            forget(transfer)
            tell { $0.written() }
        case let status:
            wentOut(transfer)
            if status == LIBUSB_TRANSFER_STALL { handle?.clearHalt(transfer.endpoint) }
            end(Self.error(status, transfer.endpoint, node: node))
        }
    }

    /// Lets the owner look at a packet. Until it has, no more is read, so a device that sends without end fills nothing.
    private func lend(_ transfer: LibUSBTransfer) {
        eventLoop.execute { [self] in
            transfer.withReceived { owner.value?.received($0, from: transfer.endpoint.address) }
            transfer.wipe()
            // The thread is there: it does not end before this device is given back.
            try? host.perform { [self] _ in
                wentOut(transfer)
                if !isEnding { submit(transfer) }
            }
        }
    }

    /// A transfer is neither with libusb nor with the owner any more.
    private func wentOut(_ transfer: LibUSBTransfer) {
        inFlight -= 1
        giveBackIfEnded()
    }

    private func forget(_ transfer: LibUSBTransfer) {
        transfers.removeAll { $0 === transfer }
        transfer.free()
    }

    private func end(_ error: USBError?) {
        guard !isEnding else { return }
        isEnding = true
        self.error = error
        for transfer in transfers { transfer.cancel() }
        giveBackIfEnded()
    }

    private func giveBackIfEnded() {
        guard isEnding, inFlight == 0 else { return }
        for transfer in transfers { transfer.free() }
        transfers = []
        handle?.close()
        handle = nil
        guard let error else { return }
        self.error = nil
        tell { $0.ended(error) }
    }

    private func tell(_ what: @escaping @Sendable (any USBConnectionOwner) -> Void) {
        eventLoop.execute { [owner] in
            if let owner = owner.value { what(owner) }
        }
    }

    private static func error(
        _ status: libusb_transfer_status, _ endpoint: USBEndpoint, node: String
    ) -> USBError {
        switch status {
        // On unplugging, the bus often fails before the hub tells.
        case LIBUSB_TRANSFER_NO_DEVICE, LIBUSB_TRANSFER_ERROR: .wentAway(node: node)
        case LIBUSB_TRANSFER_TIMED_OUT: .takesNoRequest(node: node)
        case LIBUSB_TRANSFER_STALL: .failed(node: node, "using its pipe \(endpoint)", "the device has halted it")
        case LIBUSB_TRANSFER_OVERFLOW: .failed(node: node, "using its pipe \(endpoint)", "it sends too long packets")
        default: .failed(node: node, "using its pipe \(endpoint)", "status \(status.rawValue)")
        }
    }
}
