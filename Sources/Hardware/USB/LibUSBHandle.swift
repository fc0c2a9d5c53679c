import CUSB
import Glibc

/// An open reader whose interface 0 is claimed. The kernel's driver for it is put aside meanwhile.
///
/// Belongs to the thread of ``USBHost``.
@safe final class LibUSBHandle {
    let context: LibUSBContext
    let raw: OpaquePointer
    let transport: USBTransport
    /// libusb uses it and does not close it.
    private var descriptor: OwnedDescriptor?

    private static let interface: CInt = 0

    init(opening node: String, in context: LibUSBContext) throws(USBError) {
        let descriptor: OwnedDescriptor
        do throws(Errno) {
            // Neither waits nor becomes a terminal's process, should an address name something else by mistake.
            descriptor = try OwnedDescriptor(opening: node, flags: O_RDWR | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw USBError(error, node: node)
        }
        var raw: OpaquePointer?
        let code = descriptor.withRawDescriptor { unsafe libusb_wrap_sys_device(context.raw, Int($0), &raw) }
        guard code == 0, let raw = unsafe raw else { throw USBError(code, node: node, "opening") }
        do throws(USBError) {
            let endpoints = try unsafe Self.endpoints(of: raw, node: node)
            // What is no reader is left to its driver.
            guard let transport = USBTransport(endpoints) else {
                throw USBError.notAReader(node: node, pipes: endpoints.map(\.description))
            }
            self.transport = transport
            // On claiming the kernel's driver is detached, on releasing it is attached again.
            _ = unsafe libusb_set_auto_detach_kernel_driver(raw, 1)
            let code = unsafe libusb_claim_interface(raw, Self.interface)
            guard code == 0 else { throw USBError(code, node: node, "claiming its interface 0") }
        } catch {
            unsafe libusb_close(raw)
            throw error
        }
        self.context = context
        unsafe self.raw = raw
        self.descriptor = consume descriptor
        context.openDevices += 1
    }

    /// To be called once, when libusb holds no transfer of it.
    func close() {
        guard descriptor != nil else { return }
        // Fails on a device that is gone, which needs nothing back.
        _ = unsafe libusb_release_interface(raw, Self.interface)
        unsafe libusb_close(raw)
        descriptor = nil
        context.openDevices -= 1
    }

    /// Makes a pipe that the device has halted work again.
    func clearHalt(_ endpoint: USBEndpoint) { _ = unsafe libusb_clear_halt(raw, endpoint.address) }

    /// The pipes of interface 0 as it is at first.
    private static func endpoints(of raw: OpaquePointer, node: String) throws(USBError) -> [USBEndpoint] {
        var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
        let code = unsafe libusb_get_active_config_descriptor(libusb_get_device(raw), &configuration)
        guard code == 0, let configuration = unsafe configuration else {
            throw USBError(code, node: node, "reading its configuration")
        }
        defer { unsafe libusb_free_config_descriptor(configuration) }
        for index in unsafe 0..<Int(configuration.pointee.bNumInterfaces) {
            let interface = unsafe configuration.pointee.interface[index]
            guard unsafe interface.num_altsetting > 0 else { continue }
            let setting = unsafe interface.altsetting[0]
            guard unsafe CInt(setting.bInterfaceNumber) == Self.interface else { continue }
            return unsafe (0..<Int(setting.bNumEndpoints)).map { unsafe USBEndpoint(setting.endpoint[$0]) }
        }
        return []
    }
}

extension USBEndpoint {
    fileprivate init(_ endpoint: libusb_endpoint_descriptor) {
        let kind: Kind =
            switch unsafe UInt32(endpoint.bmAttributes & 0x03) {
            case LIBUSB_ENDPOINT_TRANSFER_TYPE_BULK.rawValue: .bulk
            case LIBUSB_ENDPOINT_TRANSFER_TYPE_INTERRUPT.rawValue: .interrupt
            default: .other
            }
        // Bits 11 and 12 tell of more packets in one frame.
        unsafe self.init(
            address: endpoint.bEndpointAddress, kind: kind, packetSize: Int(endpoint.wMaxPacketSize & 0x7FF))
    }
}

extension USBError {
    init(_ error: Errno, node: String) {
        self =
            switch error.code {
            case ENOENT, ENODEV, ENXIO, ENOTDIR: .noSuchDevice(node: node)
            case EACCES, EPERM: .permissionDenied(node: node)
            default: .failed(node: node, "opening", error.description)
            }
    }

    /// - Parameter code: of libusb.
    init(_ code: CInt, node: String, _ action: String) {
        self =
            switch code {
            case LIBUSB_ERROR_NO_DEVICE.rawValue: .wentAway(node: node)
            case LIBUSB_ERROR_ACCESS.rawValue: .permissionDenied(node: node)
            case LIBUSB_ERROR_BUSY.rawValue: .busy(node: node)
            default: .failed(node: node, action, LibUSBContext.words(code))
            }
    }
}
