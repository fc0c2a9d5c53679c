/// Where the parts of a scan stand in one input report of a bar code scanner.
///
/// Offsets count from the first bit of what one read of hidraw gives; where reports are numbered, the number is its
/// first byte.
public struct HIDScanReport: Hashable, Sendable {
    /// Consecutive bits of a report. The lowest bit of a byte comes first (HID 1.11, section 5.8).
    public struct Field: Hashable, Sendable {
        public let bitOffset: Int
        public let bitCount: Int

        var end: Int { bitOffset + bitCount }

        static func bytes(_ range: Range<Int>) -> Field {
            Field(bitOffset: range.lowerBound * 8, bitCount: range.count * 8)
        }
    }

    /// The number of the report, 0 if the device does not number them.
    public let reportID: UInt8
    /// How many bytes of ``data`` are of the scan; at most 32 bits. `nil`: the rest of the data is padded with zeros.
    public let byteCount: Field?
    /// The three characters of the AIM identifier, a byte each, in their order; empty if the report has none.
    public let identifier: [Field]
    /// Whole bytes.
    public let data: Field
    /// Not zero if the scan goes on in the next report; at most 32 bits.
    public let continued: Field?
    /// Bytes that a report must have to hold every field.
    let minimumLength: Int

    init(reportID: UInt8, byteCount: Field?, identifier: [Field], data: Field, continued: Field?) {
        self.reportID = reportID
        self.byteCount = byteCount
        self.identifier = identifier
        self.data = data
        self.continued = continued
        let ends = identifier.map(\.end) + [byteCount?.end ?? 0, data.end, continued?.end ?? 0]
        minimumLength = ((ends.max() ?? 0) + 7) / 8
    }
}

extension HIDScanReport {
    /// Honeywell, Youjie, Access-IS and many more: id, count, AIM identifier, 56 bytes, maker's code, reserved, flag.
    static let layoutA = HIDScanReport(
        reportID: 2, byteCount: .bytes(1..<2), identifier: [.bytes(2..<3), .bytes(3..<4), .bytes(4..<5)],
        data: .bytes(5..<61), continued: Field(bitOffset: 63 * 8, bitCount: 1))

    /// The same with AIM identifier and data one byte later: Zebra, Datalogic.
    static let layoutAPlus1 = HIDScanReport(
        reportID: 2, byteCount: .bytes(1..<2), identifier: [.bytes(3..<4), .bytes(4..<5), .bytes(5..<6)],
        data: .bytes(6..<62), continued: Field(bitOffset: 63 * 8, bitCount: 1))

    /// Newland: id, count, 56 bytes, reserved (4), maker's code, flag. No AIM identifier.
    static let layoutB = HIDScanReport(
        reportID: 2, byteCount: .bytes(1..<2), identifier: [], data: .bytes(2..<58),
        continued: Field(bitOffset: 63 * 8, bitCount: 1))
}

extension HIDScanReport.Field {
    /// The byte at `index` of the field. The report must be long enough.
    func byte(_ index: Int, of report: Span<UInt8>) -> UInt8 {
        let bit = bitOffset + index * 8
        let low = report[bit >> 3] >> UInt8(bit & 7)
        // A field that does not begin with a byte has the rest of each in the next one.
        return bit & 7 == 0 ? low : low | report[bit >> 3 + 1] << UInt8(8 - bit & 7)
    }

    /// A number of at most 32 bits. The report must be long enough.
    func number(in report: Span<UInt8>) -> Int {
        var value = 0
        for bit in 0..<bitCount {
            let position = bitOffset + bit
            value |= Int(report[position >> 3] >> UInt8(position & 7) & 1) << bit
        }
        return value
    }
}
