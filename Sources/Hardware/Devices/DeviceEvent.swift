/// A device that came, went or changed, as the kernel tells it.
public struct DeviceEvent: Hashable, Sendable {
    public enum Action: String, Hashable, Sendable {
        case add, remove, change
    }

    /// The kernel's classes of devices that a gate uses.
    public enum Subsystem: String, Hashable, Sendable, CaseIterable {
        case tty, hidraw, input, usb, gpio
    }

    public let action: Action
    public let subsystem: Subsystem
    /// Below `/sys`, such as `/devices/pci0000:00/…/1-1.4:1.0/ttyUSB0/tty/ttyUSB0`.
    public let devicePath: String
    /// Such as `/dev/ttyUSB0`; `nil` for what has no node, such as the interfaces of a USB device.
    public let node: String?

    /// The longest message that is read, in bytes. The kernel's own buffer holds 2 KiB.
    public static let longestMessage = 8192

    /// Reads a message of the kernel: `ACTION@DEVPATH`, then `KEY=VALUE` as often as there are keys, each ended by a zero.
    ///
    /// `nil` for other actions, subsystems of no interest, anything malformed, and what is longer than
    /// ``longestMessage``. Allocates no more than twice the length of the message.
    public init?(kernelMessage message: Span<UInt8>) {
        guard message.count <= Self.longestMessage, let headEnd = Self.end(of: 0, in: message) else { return nil }
        guard let at = Self.first(UInt8(ascii: "@"), in: message, 0..<headEnd),
            let action = Action(rawValue: Self.text(message, 0..<at)), at + 1 < headEnd
        else { return nil }
        var subsystem: Subsystem?
        var name: String?
        var start = headEnd + 1
        while start < message.count, let end = Self.end(of: start, in: message) {
            if let equals = Self.first(UInt8(ascii: "="), in: message, start..<end) {
                switch Self.text(message, start..<equals) {
                case "SUBSYSTEM": subsystem = Subsystem(rawValue: Self.text(message, equals + 1..<end))
                case "DEVNAME": name = Self.text(message, equals + 1..<end)
                default: break
                }
            }
            start = end + 1
        }
        guard let subsystem else { return nil }
        self.action = action
        self.subsystem = subsystem
        devicePath = Self.text(message, at + 1..<headEnd)
        node = name.map { "/dev/" + $0 }
    }

    /// Where the string that begins at `start` ends: at its zero, or at the end of the message.
    private static func end(of start: Int, in message: Span<UInt8>) -> Int? {
        guard start < message.count else { return nil }
        return first(0, in: message, start..<message.count) ?? message.count
    }

    private static func first(_ byte: UInt8, in message: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for index in range where message[index] == byte { return index }
        return nil
    }

    /// Bytes that are no UTF-8 become U+FFFD.
    private static func text(_ message: Span<UInt8>, _ range: Range<Int>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(message[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
