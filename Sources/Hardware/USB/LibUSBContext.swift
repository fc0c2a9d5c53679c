import CUSB
import Glibc

/// A session with libusb. ``interrupt()`` may be called anywhere, everything else on the thread of ``USBHost``.
@safe final class LibUSBContext: @unchecked Sendable {
    let raw: OpaquePointer
    /// Devices that are not yet given back.
    var openDevices = 0
    private var completed: [LibUSBTransfer] = []

    init() throws(USBError) {
        var raw: OpaquePointer?
        // Where libusb is too old to know the option it finds the devices too, for nothing.
        _ = cusb_skip_device_discovery()
        let code = unsafe libusb_init(&raw)
        guard code == 0, let raw = unsafe raw else { throw .noUSB(Self.words(code)) }
        unsafe self.raw = raw
    }

    deinit { unsafe libusb_exit(raw) }

    /// Ends the wait of ``handleEvents()``, or the next one if there is none now.
    func interrupt() { unsafe libusb_interrupt_event_handler(raw) }

    /// Waits for transfers that are completed, and tells them.
    func handleEvents() {
        let code = unsafe libusb_handle_events_completed(raw, nil)
        // Any other error is of libusb itself. Trying again loses nothing, but not without a pause.
        if code != 0, code != LIBUSB_ERROR_INTERRUPTED.rawValue { usleep(100_000) }
        // Told here and not in libusb's callback, where most of libusb may not be called.
        let transfers = completed
        completed.removeAll(keepingCapacity: true)
        for transfer in transfers { transfer.tellCompletion() }
    }

    /// To be called by libusb's callback.
    func add(completed transfer: LibUSBTransfer) { completed.append(transfer) }

    /// What an error code of libusb means.
    static func words(_ code: CInt) -> String {
        guard let text = unsafe libusb_strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
