import CLinuxShims
import Glibc

/// What a HID device says of itself.
public struct HidrawInfo: Hashable, Sendable {
    public var vendorID: UInt16
    public var productID: UInt16
    /// At most 4096 bytes.
    public var reportDescriptor: [UInt8]

    public init(vendorID: UInt16, productID: UInt16, reportDescriptor: [UInt8]) {
        self.vendorID = vendorID
        self.productID = productID
        self.reportDescriptor = reportDescriptor
    }
}

/// A hidraw device that was opened, and what it is.
package struct HidrawPort: ~Copyable {
    package let descriptor: OwnedDescriptor
    package let info: HidrawInfo

    package init(descriptor: consuming OwnedDescriptor, info: HidrawInfo) {
        self.descriptor = descriptor
        self.info = info
    }

    /// Opens a hidraw device for reading and writing, non-blocking.
    ///
    /// Nobody else can open it through this function at the same time. The kernel keeps no other program out.
    package static func open(path: String) throws(InputDeviceError) -> HidrawPort {
        do throws(Errno) {
            let device = try OwnedDescriptor(opening: path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK)
            let info = try device.withRawDescriptor { (raw) throws(Errno) in
                let info = try Self.info(of: raw)
                guard flock(raw, LOCK_EX | LOCK_NB) == 0 else { throw .last }
                return info
            }
            return HidrawPort(descriptor: device, info: info)
        } catch {
            throw InputDeviceError(error, kind: .hidraw, path: path)
        }
    }

    private static func info(of raw: CInt) throws(Errno) -> HidrawInfo {
        // HID_MAX_DESCRIPTOR_SIZE
        var descriptor = [UInt8](repeating: 0, count: 4096)
        let length = unsafe CLinuxShims_hidraw_report_descriptor(raw, &descriptor)
        guard length >= 0 else { throw .last }
        descriptor.removeLast(descriptor.count - Int(length))
        let identity = CLinuxShims_hidraw_identity(raw)
        guard identity >= 0 else { throw .last }
        return HidrawInfo(
            vendorID: UInt16(truncatingIfNeeded: identity >> 16), productID: UInt16(truncatingIfNeeded: identity),
            reportDescriptor: descriptor)
    }
}
