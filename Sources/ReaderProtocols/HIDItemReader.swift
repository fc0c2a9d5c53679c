/// Follows the items of a report descriptor and notes the fields of the scan reports.
///
/// Only what moves a field or names it counts: usage page, report size, count and number, push and pop, usages,
/// collections and Input. Each item is looked at once, so the work grows with the length alone.
struct HIDItemReader {
    private enum Main {
        static let input: UInt8 = 0x8
        static let collection: UInt8 = 0xA
        static let endCollection: UInt8 = 0xC
    }

    private enum Global {
        static let usagePage: UInt8 = 0x0
        static let reportSize: UInt8 = 0x7
        static let reportID: UInt8 = 0x8
        static let reportCount: UInt8 = 0x9
        static let push: UInt8 = 0xA
        static let pop: UInt8 = 0xB
    }

    private enum Local {
        static let usage: UInt8 = 0x0
        static let usageMinimum: UInt8 = 0x1
        static let usageMaximum: UInt8 = 0x2
    }

    /// Usage page in the upper 16 bits, usage in the lower.
    private enum Usage {
        static let byteCount: UInt32 = 0x0001_003B
        static let scanner: UInt32 = 0x008C_0002
        static let identifier: ClosedRange<UInt32> = 0x008C_00FB...0x008C_00FD
        static let decodedData: UInt32 = 0x008C_00FE
        static let continued: UInt32 = 0x008C_00FF
    }

    /// The state that Push saves.
    private struct Globals {
        var usagePage: UInt32 = 0
        var reportSize = 0
        var reportCount = 0
        var reportID: UInt8 = 0
    }

    /// One Usage, or Usage Minimum and Usage Maximum.
    private struct UsageRange {
        var first: UInt32
        var last: UInt32
        /// Written with 32 bits: the page is part of it.
        var hasPage: Bool

        mutating func setPage(_ page: UInt32) {
            first = page << 16 | first & 0xFFFF
            last = page << 16 | last & 0xFFFF
        }
    }

    /// A report as far as its fields were seen.
    private struct Draft {
        var reportID: UInt8
        var byteCount: HIDScanReport.Field?
        var identifier: [HIDScanReport.Field?] = [nil, nil, nil]
        var data: HIDScanReport.Field?
        var continued: HIDScanReport.Field?
    }

    /// The longest report, id included, as in the kernel (`HID_MAX_BUFFER_SIZE`).
    private static let maximumReportBits = 16_384 * 8

    private(set) var foundScanner = false
    private var drafts: [Draft] = []
    private var globals = Globals()
    private var saved: [Globals] = []
    private var usages: [UsageRange] = []
    private var usageMinimum: (value: UInt32, hasPage: Bool)?
    private var depth = 0
    /// How deep the collection of the scanner lies, `nil` outside of it.
    private var scannerDepth: Int?
    /// The length so far of each input report, by number.
    private var bitsOfReport = [Int](repeating: 0, count: 256)

    var scanReports: [HIDScanReport] {
        drafts.compactMap { draft in
            guard let data = draft.data else { return nil }
            let identifier = draft.identifier.compactMap(\.self)
            return HIDScanReport(
                reportID: draft.reportID, byteCount: draft.byteCount,
                identifier: identifier.count == 3 ? identifier : [], data: data, continued: draft.continued)
        }
    }

    mutating func read(_ bytes: Span<UInt8>) {
        var next = 0
        while next < bytes.count {
            let prefix = bytes[next]
            if prefix == 0xFE {
                // A long item: its length stands in the next byte. None is defined.
                guard next + 1 < bytes.count else { return }
                next += 3 + Int(bytes[next + 1])
                continue
            }
            let length = prefix & 3 == 3 ? 4 : Int(prefix & 3)
            guard next + 1 + length <= bytes.count else { return }
            var value: UInt32 = 0
            for index in 0..<length { value |= UInt32(bytes[next + 1 + index]) << UInt32(index * 8) }
            guard take(type: prefix >> 2 & 3, tag: prefix >> 4, value, hasPage: length == 4) else { return }
            next += 1 + length
        }
    }

    /// - Returns: whether the item makes sense.
    private mutating func take(type: UInt8, tag: UInt8, _ value: UInt32, hasPage: Bool) -> Bool {
        switch type {
        case 0: return takeMain(tag, value)
        case 1: return takeGlobal(tag, value)
        case 2:
            takeLocal(tag, value, hasPage: hasPage)
            return true
        default: return true
        }
    }

    private mutating func takeMain(_ tag: UInt8, _ value: UInt32) -> Bool {
        applyLastPage()
        defer {
            usages.removeAll(keepingCapacity: true)
            usageMinimum = nil
        }
        switch tag {
        case Main.input: return takeInput(isConstant: value & 1 != 0)
        case Main.collection:
            depth += 1
            // 01: an application.
            if value & 0xFF == 1, usages.first?.first == Usage.scanner, scannerDepth == nil {
                foundScanner = true
                scannerDepth = depth
            }
            return true
        case Main.endCollection:
            guard depth > 0 else { return false }
            if scannerDepth == depth { scannerDepth = nil }
            depth -= 1
            return true
        default: return true
        }
    }

    private mutating func takeGlobal(_ tag: UInt8, _ value: UInt32) -> Bool {
        switch tag {
        case Global.usagePage: globals.usagePage = value & 0xFFFF
        case Global.reportSize, Global.reportCount:
            guard value <= Self.maximumReportBits else { return false }
            if tag == Global.reportSize { globals.reportSize = Int(value) } else { globals.reportCount = Int(value) }
        case Global.reportID:
            guard (1...255).contains(value) else { return false }
            globals.reportID = UInt8(value)
        case Global.push: saved.append(globals)
        case Global.pop:
            guard let last = saved.popLast() else { return false }
            globals = last
        default: break
        }
        return true
    }

    private mutating func takeLocal(_ tag: UInt8, _ value: UInt32, hasPage: Bool) {
        let usage = hasPage ? value : globals.usagePage << 16 | value
        switch tag {
        case Local.usage: usages.append(UsageRange(first: usage, last: usage, hasPage: hasPage))
        case Local.usageMinimum: usageMinimum = (usage, hasPage)
        case Local.usageMaximum:
            // One page: with two, ``applyLastPage()`` could put the end before the beginning.
            guard let minimum = usageMinimum, minimum.value >> 16 == usage >> 16, minimum.value <= usage else { return }
            usages.append(UsageRange(first: minimum.value, last: usage, hasPage: hasPage || minimum.hasPage))
            usageMinimum = nil
        default: break
        }
    }

    /// A usage page may also follow the usages that it is for: the last one before the main item counts. Usages before
    /// one that already has this page were meant for another.
    private mutating func applyLastPage() {
        for index in usages.indices.reversed() where !usages[index].hasPage {
            if usages[index].first >> 16 == globals.usagePage { return }
            usages[index].setPage(globals.usagePage)
        }
    }

    private mutating func takeInput(isConstant: Bool) -> Bool {
        let number = Int(globals.reportID)
        // The number of the report is its first byte.
        if number != 0, bitsOfReport[number] == 0 { bitsOfReport[number] = 8 }
        let offset = bitsOfReport[number]
        let end = offset + globals.reportSize * globals.reportCount
        guard end <= Self.maximumReportBits else { return false }
        bitsOfReport[number] = end
        if scannerDepth != nil, !isConstant { noteFields(at: offset) }
        return true
    }

    /// The usages belong to the elements of the item in their order, the last one to all that are left.
    private mutating func noteFields(at offset: Int) {
        let index = drafts.firstIndex { $0.reportID == globals.reportID } ?? drafts.count
        if index == drafts.count { drafts.append(Draft(reportID: globals.reportID)) }
        var element = 0
        for (position, range) in usages.enumerated() where element < globals.reportCount {
            func field(_ usage: UInt32) -> HIDScanReport.Field? {
                guard range.first <= usage, usage <= range.last else { return nil }
                let first = element + Int(usage - range.first)
                guard first < globals.reportCount else { return nil }
                let takesRest = position == usages.count - 1 && usage == range.last
                return HIDScanReport.Field(
                    bitOffset: offset + first * globals.reportSize,
                    bitCount: (takesRest ? globals.reportCount - first : 1) * globals.reportSize)
            }
            // Of two fields with one usage the first counts, and one of an impossible size is none.
            drafts[index].byteCount = drafts[index].byteCount ?? field(Usage.byteCount)?.asNumber
            drafts[index].continued = drafts[index].continued ?? field(Usage.continued)?.asNumber
            drafts[index].data = drafts[index].data ?? field(Usage.decodedData)?.asBytes
            for (place, usage) in Usage.identifier.enumerated() where drafts[index].identifier[place] == nil {
                drafts[index].identifier[place] = field(usage).flatMap { $0.bitCount == 8 ? $0 : nil }
            }
            element += Int(range.last - range.first) + 1
        }
    }
}

extension HIDScanReport.Field {
    fileprivate var asNumber: HIDScanReport.Field? { (1...32).contains(bitCount) ? self : nil }
    fileprivate var asBytes: HIDScanReport.Field? { bitCount > 0 && bitCount % 8 == 0 ? self : nil }
}
