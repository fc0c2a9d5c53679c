/// The vendor and product number of a USB device, such as 0400:C35A.
public struct USBProductID: Hashable, Sendable, CustomStringConvertible {
    public var vendor: UInt16
    public var product: UInt16

    public init(vendor: UInt16, product: UInt16) {
        self.vendor = vendor
        self.product = product
    }

    /// Reads `0400:C35A`: twice four hexadecimal digits, as `lsusb` shows them.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let vendor = Self.number(parts[0]), let product = Self.number(parts[1]) else {
            return nil
        }
        self.init(vendor: vendor, product: product)
    }

    /// Reads four hexadecimal digits.
    public static func number(_ text: some StringProtocol) -> UInt16? {
        guard text.utf8.count == 4, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        return UInt16(text, radix: 16)
    }

    public var description: String { Self.digits(vendor) + ":" + Self.digits(product) }

    private static func digits(_ number: UInt16) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// Where a device is plugged in: the bus and the ports from the root hub on, such as 1-1.4. It stays the same for the
/// same socket, whatever is plugged into it.
public struct USBPort: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// The deepest chain of ports: the root hub's and those of five hubs (USB 2.0, 4.1.1), and one to spare.
    private static let longestChain = 7

    /// Reads `BUS-PORT.PORT…`, as the kernel names devices in `/sys/bus/usb/devices`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.number(parts[0]) != nil else { return nil }
        let chain = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard chain.count <= Self.longestChain, chain.allSatisfy({ Self.number($0) != nil }) else { return nil }
        description = String(text)
    }

    /// 1 to 255, written without leading zeros.
    private static func number(_ text: some StringProtocol) -> UInt8? {
        guard let number = UInt8(text), number > 0, String(number) == text else { return nil }
        return number
    }
}

/// One of the functions of a USB device: configuration and interface number, such as 1.0.
public struct USBInterface: Hashable, Sendable, CustomStringConvertible {
    public let configuration: UInt8
    public let number: UInt8

    public init(configuration: UInt8, number: UInt8) {
        self.configuration = configuration
        self.number = number
    }

    /// Reads `CONFIGURATION.INTERFACE`, as the kernel writes it behind the port.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let configuration = UInt8(parts[0]), let number = UInt8(parts[1]) else { return nil }
        self.init(configuration: configuration, number: number)
        guard description == text else { return nil }
    }

    public var description: String { "\(configuration).\(number)" }
}
