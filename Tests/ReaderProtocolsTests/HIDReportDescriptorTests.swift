import ReaderProtocols
import TestSupport
import Testing

struct HIDReportDescriptorTests {
    typealias Field = HIDScanReport.Field

    /// Offset and size of a field, in bits.
    private func place(_ field: Field?) -> [Int]? { field.map { [$0.bitOffset, $0.bitCount] } }

    private func onlyReport(_ descriptor: [UInt8]) throws -> HIDScanReport {
        let reports = HIDReportDescriptor(descriptor).scanReports
        try #require(reports.count == 1)
        return reports[0]
    }

    /// A scanner whose only report has these items.
    private func scanner(_ items: String) -> [UInt8] { bytes("05 8C 09 02 A1 01" + items + "C0") }

    @Test func `layout A stands where the makers' manuals put it`() throws {
        let report = try onlyReport(HIDDescriptors.layoutA)
        #expect(report.reportID == 2)
        #expect(place(report.byteCount) == [8, 8])
        #expect(report.identifier.map { place($0) } == [[16, 8], [24, 8], [32, 8]])
        #expect(place(report.data) == [40, 448])
        #expect(place(report.continued) == [504, 1])
    }

    @Test func `layout B has no identifier`() throws {
        let report = try onlyReport(HIDDescriptors.layoutB)
        #expect(report.reportID == 2)
        #expect(place(report.byteCount) == [8, 8])
        #expect(report.identifier.isEmpty)
        #expect(place(report.data) == [16, 448])
        #expect(place(report.continued) == [504, 1])
    }

    @Test func `a keyboard is no scanner`() {
        let descriptor = HIDReportDescriptor(HIDDescriptors.keyboard)
        #expect(!descriptor.isBarCodeScanner)
        #expect(descriptor.scanReports.isEmpty)
    }

    @Test func `a scanner is found behind a keyboard, and its report begins anew`() throws {
        let numbered = bytes("05 01 09 06 A1 01 85 01 05 07 19 00 29 65 75 08 95 08 81 00 C0")
        let report = try onlyReport(numbered + HIDDescriptors.layoutA)
        #expect(place(report.data) == [40, 448])
    }

    @Test func `usages outside the scanner's collection do not count`() {
        let outside = bytes("05 8C 09 01 A1 01 85 02 75 08 95 38 09 FE 81 02 C0")
        #expect(HIDReportDescriptor(outside).scanReports.isEmpty)
        #expect(!HIDReportDescriptor(outside).isBarCodeScanner)
        let after = bytes("05 8C 09 02 A1 01 C0 A1 01 85 02 75 08 95 38 09 FE 81 02 C0")
        #expect(HIDReportDescriptor(after).scanReports.isEmpty)
        #expect(HIDReportDescriptor(after).isBarCodeScanner)
    }

    @Test func `a report that is begun outside the collection goes on inside`() throws {
        let shared = bytes("06 00 FF 09 01 A1 01 85 02 75 08 95 05 81 02 C0 05 8C 09 02 A1 01 95 10 09 FE 81 02 C0")
        #expect(place(try onlyReport(shared).data) == [48, 128])
    }

    @Test func `without report numbers the fields begin at once`() throws {
        let report = try onlyReport(scanner("75 08 95 01 0B 3B 00 01 00 81 02 95 10 09 FE 81 02"))
        #expect(report.reportID == 0)
        #expect(place(report.byteCount) == [0, 8])
        #expect(place(report.data) == [8, 128])
    }

    @Test(arguments: [
        "85 02 75 08 95 3B 19 FB 29 FE 81 02",  // minimum and maximum, the last one takes the rest
        "85 02 75 08 95 3B 1A FB 00 2A FE 00 81 02",  // the same in two bytes
        "85 02 75 08 95 3B 1B FB 00 8C 00 2B FE 00 8C 00 81 02",  // in four, with the page
        "85 02 75 08 95 3B 05 01 0B FB 00 8C 00 0B FC 00 8C 00 0B FD 00 8C 00 0B FE 00 8C 00 81 02",
        "85 02 75 08 95 3B 05 01 09 FB 09 FC 09 FD 09 FE 05 8C 81 02",  // the page behind its usages
        "85 02 75 08 95 03 19 FB 29 FD 81 02 95 38 09 FE 81 02",
        "85 02 75 08 95 3B A4 75 01 95 07 B4 19 FB 29 FE 81 02",  // push and pop around other sizes
        "85 02 75 08 95 3B FE 05 F0 81 02 81 02 81 19 FB 29 FE 81 02",  // a long item
    ])
    func `the same fields may be written in many ways`(items: String) throws {
        let report = try onlyReport(scanner(items))
        #expect(report.identifier.map { place($0) } == [[8, 8], [16, 8], [24, 8]])
        #expect(place(report.data) == [32, 448])
        #expect(report.byteCount == nil)
        #expect(report.continued == nil)
    }

    @Test func `each usage has the page that it was given under`() throws {
        let report = try onlyReport(scanner("85 02 75 08 95 05 05 01 09 3B 05 8C 09 FB 09 FC 09 FD 09 FE 81 02"))
        #expect(place(report.byteCount) == [8, 8])
        #expect(report.identifier.map { place($0) } == [[16, 8], [24, 8], [32, 8]])
        #expect(place(report.data) == [40, 8])
    }

    @Test func `fields need not begin with a byte`() throws {
        let report = try onlyReport(scanner("85 05 75 01 95 03 81 03 95 01 09 FF 81 02 75 08 95 08 09 FE 81 02"))
        #expect(place(report.continued) == [11, 1])
        #expect(place(report.data) == [12, 64])
    }

    @Test func `output and feature reports move no input field`() throws {
        let report = try onlyReport(
            scanner("85 02 75 08 95 20 09 FE 91 02 09 FE B1 02 95 01 09 FF 81 02 95 10 09 FE 81 02"))
        #expect(place(report.continued) == [8, 8])
        #expect(place(report.data) == [16, 128])
    }

    @Test func `a device may have several scan reports`() {
        let descriptor = HIDReportDescriptor(
            scanner("75 08 95 08 85 02 09 FE 81 02 85 07 09 FE 81 02 85 09 09 10 81 02"))
        #expect(descriptor.scanReports.map(\.reportID) == [2, 7])
    }

    @Test(arguments: [
        "85 02 75 08 95 00 09 FE 81 02",  // no data
        "85 02 75 07 95 01 09 FE 81 02",  // no whole byte
        "85 02 75 08 95 10 09 FE 81 03",  // constant
        "85 02 75 08 95 10 29 FE 81 02",  // a maximum without minimum
        "85 02 75 08 95 10 19 FF 29 FE 81 02",  // a maximum below the minimum
        "85 00 75 08 95 10 09 FE 81 02",  // number 0 is none
        "86 00 01 75 08 95 10 09 FE 81 02",  // nor is 256
        "B4 85 02 75 08 95 10 09 FE 81 02",  // pop without push
        "85 02 77 FF FF FF FF 97 FF FF FF FF 09 FE 81 02",
        "85 02 77 00 00 02 00 97 00 00 02 00 09 FE 81 02",
        "85 02 75 08 96 00 40 09 FE 81 02",  // one byte more than a report can have
        "85 02 75 08 95 10 09 FE FE FF 00 81 02",  // cut off in a long item
    ])
    func `what makes no sense is no scan report`(items: String) {
        let descriptor = HIDReportDescriptor(scanner(items))
        #expect(descriptor.isBarCodeScanner)
        #expect(descriptor.scanReports.isEmpty)
    }

    @Test func `an identifier that is not three bytes is none`() throws {
        let two = try onlyReport(scanner("85 02 75 08 95 02 09 FB 09 FC 81 02 95 10 09 FE 81 02"))
        #expect(two.identifier.isEmpty)
        let nibbles = try onlyReport(scanner("85 02 75 04 95 04 09 FB 09 FC 09 FD 09 00 81 02 75 08 95 10 09 FE 81 02"))
        #expect(nibbles.identifier.isEmpty)
        #expect(place(nibbles.data) == [24, 128])
    }

    @Test func `more collections end than have begun: the rest is not read`() {
        #expect(!HIDReportDescriptor([0xC0] + HIDDescriptors.layoutA).isBarCodeScanner)
    }

    @Test func `a descriptor that is cut off is read as far as it goes`() {
        let whole = HIDReportDescriptor(HIDDescriptors.layoutA)
        for length in HIDDescriptors.layoutA.indices {
            let cut = HIDReportDescriptor(Array(HIDDescriptors.layoutA[..<length]))
            #expect(cut.isBarCodeScanner == (length >= 6))
            for report in cut.scanReports {
                #expect(report.data == whole.scanReports[0].data)
                #expect(report.continued == nil || report.continued == whole.scanReports[0].continued)
            }
        }
    }

    @Test func `nothing behind 4096 bytes is read`() {
        let padding = [UInt8](repeating: 0x64, count: HIDReportDescriptor.maximumLength - 6)
        #expect(HIDReportDescriptor(padding + bytes("05 8C 09 02 A1 01")).isBarCodeScanner)
        #expect(!HIDReportDescriptor([0x64] + padding + bytes("05 8C 09 02 A1 01")).isBarCodeScanner)
    }

    @Test func `any bytes may be read, and a field never lies outside its report`() {
        var random = SeededGenerator(seed: 21)
        // Items that matter, so that random ones get far.
        let items = [
            "05 8C", "09 02", "A1 01", "C0", "85 02", "75 08", "95 38", "81 02", "09 FE", "19 FB", "29 FF", "A4", "B4",
            "05 01", "09 3B", "97 FF FF 01 00", "77 00 00 01 00", "0B FE 00 8C 00", "FE 01 00", "09 FF", "95 01",
        ].map { bytes($0) }
        var found = 0
        for round in 0..<3000 {
            var descriptor: [UInt8] = round % 2 == 0 ? bytes("05 8C 09 02 A1 01") : HIDDescriptors.layoutA
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                let new =
                    Int.random(in: 0..<8, using: &random) == 0 ? random.bytes(2) : items.randomElement(using: &random)
                descriptor.insert(
                    contentsOf: new ?? [], at: Int.random(in: 0...descriptor.count, using: &random))
            }
            for report in HIDReportDescriptor(descriptor).scanReports {
                found += 1
                let fields =
                    [report.data] + report.identifier + [report.byteCount, report.continued].compactMap(\.self)
                #expect(fields.allSatisfy { $0.bitOffset >= 0 && $0.bitCount > 0 })
                #expect(fields.allSatisfy { $0.bitOffset + $0.bitCount <= 16_384 * 8 })
            }
        }
        #expect(found > 100)
    }

    @Test func `the worst descriptors are read without delay`() {
        for item in ["A4", "A1 01", "09 FE", "05 8C 09 FE 81 02", "85 02 09 FE 81 02", "19 00 2B FF FF FF FF"] {
            let one = bytes(item)
            let descriptor = bytes("05 8C 09 02 A1 01 75 08 95 01") + (0..<4096 / one.count).flatMap { _ in one }
            #expect(HIDReportDescriptor(descriptor).isBarCodeScanner)
        }
    }
}
