/// What a HID report descriptor says of a bar code scanner (Device Class Definition for HID 1.11, section 6.2.2; usages
/// of page 8C, HID Point of Sale Usage Tables 1.02).
///
/// Any bytes will do: reading stops at the first item that is cut off or senseless, and what was found before it stands,
/// because no item changes what came before it.
public struct HIDReportDescriptor: Hashable, Sendable {
    /// The most that the kernel hands over (`HID_MAX_DESCRIPTOR_SIZE`); nothing behind it is read. What is held while
    /// reading grows with the items, to less than 200 kB for the worst descriptor of this length.
    public static let maximumLength = 4096

    /// Whether there is an application collection Bar Code Scanner (8C 02): whether the device speaks HID POS.
    public let isBarCodeScanner: Bool
    /// The input reports of that collection that have a field Decoded Data, in their order.
    public let scanReports: [HIDScanReport]

    public init(_ bytes: Span<UInt8>) {
        var reader = HIDItemReader()
        reader.read(bytes.extracting(0..<min(bytes.count, Self.maximumLength)))
        isBarCodeScanner = reader.foundScanner
        scanReports = reader.scanReports
    }

    public init(_ bytes: [UInt8]) { self.init(bytes.span) }
}
