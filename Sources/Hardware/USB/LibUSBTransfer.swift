import CUSB
import Glibc

/// A transfer that can be submitted again and again.
///
/// Belongs to the thread of ``USBHost``, but its memory may be read and wiped elsewhere while it is lent out.
@safe final class LibUSBTransfer: @unchecked Sendable {
    let endpoint: USBEndpoint
    private let context: LibUSBContext
    private let onCompletion: (LibUSBTransfer) -> Void
    private let raw: UnsafeMutablePointer<libusb_transfer>
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private var isFreed = false

    /// - Parameters:
    ///   - bytes: what to write, or zeros in the length to read.
    ///   - milliseconds: how long it may take; 0 for ever.
    init?(
        _ handle: LibUSBHandle, _ endpoint: USBEndpoint, bytes: [UInt8], timeout milliseconds: UInt32,
        onCompletion: @escaping (LibUSBTransfer) -> Void
    ) {
        guard let raw = unsafe libusb_alloc_transfer(0) else { return nil }
        self.endpoint = endpoint
        self.onCompletion = onCompletion
        context = handle.context
        unsafe self.raw = raw
        unsafe memory = .allocate(capacity: bytes.count)
        _ = unsafe memory.initialize(from: bytes)
        unsafe libusb_fill_bulk_transfer(
            raw, handle.raw, endpoint.address, memory.baseAddress, CInt(memory.count),
            { raw in
                guard let reference = unsafe raw?.pointee.user_data else { return }
                // Balances the one of `submit`.
                let transfer = unsafe Unmanaged<LibUSBTransfer>.fromOpaque(reference).takeRetainedValue()
                transfer.context.add(completed: transfer)
            }, nil, milliseconds)
        if endpoint.kind == .interrupt {
            unsafe raw.pointee.type = UInt8(LIBUSB_TRANSFER_TYPE_INTERRUPT.rawValue)
        }
    }

    /// Gives it to libusb, which keeps it until it is completed, also by failing or being cancelled.
    ///
    /// - Returns: an error code of libusb; it is not completed then.
    func submit() -> CInt {
        let reference = unsafe Unmanaged.passRetained(self)
        unsafe raw.pointee.user_data = unsafe reference.toOpaque()
        let code = unsafe libusb_submit_transfer(raw)
        if code != 0 { unsafe reference.release() }
        return code
    }

    /// Has it completed early. Does nothing while libusb does not hold it.
    func cancel() { _ = unsafe libusb_cancel_transfer(raw) }

    func tellCompletion() { onCompletion(self) }

    var status: libusb_transfer_status { unsafe raw.pointee.status }

    func withReceived(_ body: (Span<UInt8>) -> Void) {
        let count = unsafe min(max(Int(raw.pointee.actual_length), 0), memory.count)
        body(unsafe memory.extracting(0..<count).span)
    }

    /// Overwrites the memory, also where the compiler sees that nobody reads it any more.
    func wipe() {
        guard let start = unsafe memory.baseAddress else { return }
        unsafe explicit_bzero(start, memory.count)
    }

    /// To be called once, when libusb does not hold it and nobody uses it any more.
    func free() {
        guard !isFreed else { return }
        isFreed = true
        wipe()
        unsafe memory.deallocate()
        unsafe libusb_free_transfer(raw)
    }
}
