import GateModel
import ReaderProtocols
import TestSupport

extension VectorCheck {
    // MARK: Serial

    static let zone: [VectorCheck] =
        [
            ("trigger_on(0002=01)", [ZoneCommand.trigger, ZoneCommand.write(0x0002, [0x01])]),
            ("trigger_off(0002=02)", [ZoneCommand.stop, ZoneCommand.write(0x0002, [0x02])]),
            ("mode zone 0000=D5", [ZoneCommand.write(0x0000, [0xD5])]),
            ("read baud zone 002A x2", [ZoneCommand.read(0x002A, count: 2)]),
            ("set 9600 (002A=39 01)", [ZoneCommand.write(0x002A, [0x39, 0x01])]),
            ("save", [ZoneCommand.save]),
        ].map { (key: String, commands: [[UInt8]?]) in
            VectorCheck("zone_cmds", key) { bytes in
                for command in commands { try same(command ?? [], bytes, "the command") }
            }
        }
        + [("success", 0x00, .done), ("crc_error", 0x01, .damagedCommand), ("invalid_command", 0x03, .unknownCommand)]
        .map { (key: String, type: UInt8, result: ScannerReply.Result) in
            VectorCheck("zone_replies", key) { bytes in
                try same(Array(bytes.prefix(5)), [0x02, 0x00, type, 0x01, 0x00], "the beginning")
                try same(bytes.count, 7, "the length")
                let reply = ScannerReply(make: .zone, result: result)
                try ScannerLine.judge(bytes, reply: reply)
                try ScannerLine.judgeHIDReply(bytes)
            }
        }

    static let ssi: [VectorCheck] =
        [
            ("start_session", .startSession), ("stop_session", .stopSession), ("ack", .acknowledge),
            ("scan_enable", .enable), ("scan_disable", .disable), ("flush_queue", .flushQueue),
            ("request_revision", .requestRevision), ("nak_resend", .refuse(.resend)),
            ("nak_bad_context", .refuse(.badContext)), ("nak_denied", .refuse(.denied)),
            ("param_host_mode_gm67", .setParameter(0x8A, to: 0x08, lasting: true)),
        ].map { (key: String, command: SSICommand) in
            VectorCheck("ssi", key) { try same(command.bytes, $0, "the command") }
        } + [
            VectorCheck("ssi", "decoder_ack") { bytes in
                for chunks in [[bytes], bytes.map { [$0] }] {
                    var decoder = SSIDecoder()
                    var replies: [ScannerReply] = []
                    for chunk in chunks {
                        decoder.feed(
                            chunk.span, at: ms(0), scan: { _, _ in }, send: { _ in }, reply: { replies.append($0) })
                    }
                    try same(replies, [ScannerReply(make: .ssi, result: .done)], "the replies")
                    try same(decoder.lineCounters.packets, 1, "packets")
                    try same(decoder.lineCounters.noiseBytes, 0, "noise")
                }
                try same(Array(bytes.prefix(4)), [0x04, 0xD0, 0x00, 0x00], "the packet")
            }
        ]

    // MARK: HID

    static let hidPOS: [VectorCheck] = [
        VectorCheck("hidpos_layout_A", together: ["0", "1"]) { texts in
            let reports = try texts.map { try hex($0) }
            for descriptor in [HIDDescriptors.layoutA, []] {
                try HIDPOSLine.judge(reports, descriptor: descriptor, vendorID: 0x0C2E, aim: "Q1")
            }
            try same(reports, HIDPOSLine.layoutA, "the reports")
        },
        VectorCheck("hidpos_layout_B_newland", together: ["0", "1"]) { texts in
            let reports = try texts.map { try hex($0) }
            for descriptor in [HIDDescriptors.layoutB, []] {
                try HIDPOSLine.judge(reports, descriptor: descriptor, vendorID: 0x1EAB, aim: nil)
            }
            try same(reports, HIDPOSLine.layoutB, "the reports")
        },
    ]

    static let keyboard: [VectorCheck] = [
        VectorCheck("boot_keyboard_Ab1_enter", together: (0..<8).map { "\($0)" }) { texts in
            let reports = try texts.map { try hex($0) }
            var decoder = KeyboardWedgeDecoder()
            let scans = decoder.feed(try BootKeyboard.events(of: reports), at: ms(0))
            try same(scans, [.text(ScannedText(text: "Ab1", aim: nil))], "the scans")
            try same(decoder.eventCounters.cutRecords, 0, "cut records")
            // Capital A, b, 1 and Enter, each pressed and released.
            let pressed: [(modifiers: UInt8, usage: UInt8)] = [(2, 0x04), (0, 0x05), (0, 0x1E), (0, 0x28)]
            let wanted = pressed.flatMap { key in
                [[key.modifiers, 0, key.usage, 0, 0, 0, 0, 0], [UInt8](repeating: 0, count: 8)]
            }
            try same(reports, wanted, "the reports")
        }
    ]
}

enum ScannerLine {
    /// Exactly one reply, in front of a scan that is left alone; whole and byte by byte.
    static func judge(_ bytes: [UInt8], reply wanted: ScannerReply) throws {
        let text = Array("PLACEHOLDER".utf8)
        let line = bytes + text + [0x0D]
        for chunks in [[line], line.map { [$0] }] {
            var filter = ScannerReplyFilter()
            var decoder = ScannerDecoder()
            var (rest, replies, scans): ([UInt8], [ScannerReply], [ScanOutput]) = ([], [], [])
            for chunk in chunks {
                filter.feed(
                    chunk.span, at: ms(0), text: { text in for index in 0..<text.count { rest.append(text[index]) } },
                    reply: { replies.append($0) })
                decoder.feed(
                    chunk.span, at: ms(0), scan: { scans.append(ScanOutput($0, $1)) }, reply: { replies.append($0) })
            }
            try same(rest, text + [0x0D], "what is left")
            try same(scans, [.text(ScannedText(text: "PLACEHOLDER", aim: nil))], "the scans")
            try same(filter.counters.replies, 1, "replies")
            try same(filter.counters.refusals, wanted.result == .done ? 0 : 1, "refusals")
            // One of the filter, one of the decoder.
            try same(replies.count, 2, "replies of both")
            for reply in replies { try same(reply, wanted, "the reply") }
        }
    }

    /// A HID POS scanner sends the same as a report, which is no scan.
    static func judgeHIDReply(_ bytes: [UInt8]) throws {
        let report = [0x02, UInt8(bytes.count)] + bytes + [UInt8](repeating: 0, count: 62 - bytes.count)
        var decoder = HIDPOSDecoder(descriptor: HIDReportDescriptor([UInt8]()), vendorID: 0x1EAB)
        try same(decoder.feed(report, at: ms(0)), nil, "the scan")
        try same(decoder.reportCounters.replies, 1, "replies in reports")
    }
}

enum HIDPOSLine {
    static let text = String(repeating: "PLACEHOLDER-QR-", count: 4)

    /// 56 bytes of the text and the rest of it; the first is continued.
    private static let parts: [(data: [UInt8], flag: UInt8)] = [
        (Array(text.utf8.prefix(56)), 1), (Array(text.utf8.dropFirst(56)), 0),
    ]

    static let layoutA: [[UInt8]] = parts.map { data, flag in
        [0x02, UInt8(data.count)] + Array("]Q1".utf8) + padded(data) + [0x73, 0, flag]
    }
    static let layoutB: [[UInt8]] = parts.map { data, flag in
        [0x02, UInt8(data.count)] + padded(data) + [0, 0, 0, 0, 0, flag]
    }

    private static func padded(_ data: [UInt8]) -> [UInt8] { data + [UInt8](repeating: 0, count: 56 - data.count) }

    static func judge(_ reports: [[UInt8]], descriptor: [UInt8], vendorID: UInt16, aim: String?) throws {
        let parsed = HIDReportDescriptor(descriptor)
        try same(parsed.isBarCodeScanner, !descriptor.isEmpty, "a scanner's descriptor")
        var decoder = HIDPOSDecoder(descriptor: parsed, vendorID: vendorID)
        let scans = reports.map { decoder.feed($0, at: ms(0)) }
        try same(
            scans, [nil, .text(ScannedText(text: text, aim: aim.flatMap { AIMIdentifier($0) }))], "the scans")
        try same(decoder.reportCounters.used, 2, "reports used")
        try same(decoder.counters.scans, 1, "scans")
    }
}

/// Turns the reports of a boot keyboard into evdev events, as the kernel does (`hid_keyboard` of hid-input.c).
enum BootKeyboard {
    /// LCtrl, LShift, LAlt, LGUI, RCtrl, RShift, RAlt, RGUI.
    private static let modifiers: [UInt16] = [29, 42, 56, 125, 97, 54, 100, 126]
    /// A to Z, 1 to 0, Enter, Esc, Backspace, Tab, Space: usages 04 to 2C.
    private static let keys: [UInt16] = [
        30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38, 50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44,
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 1, 14, 15, 57,
    ]

    static func events(of reports: [[UInt8]]) throws -> [UInt8] {
        var events: [UInt8] = []
        var held: [UInt16] = []
        for report in reports {
            guard report.count == 8, report[1] == 0 else { throw Mismatch("no boot report: \(spelled(report))") }
            var pressed = (0..<8).filter { report[0] >> $0 & 1 == 1 }.map { modifiers[$0] }
            for usage in report[2...] where usage != 0 {
                guard usage >= 0x04, Int(usage) - 0x04 < keys.count else { throw Mismatch("no key: \(usage)") }
                pressed.append(keys[Int(usage) - 0x04])
            }
            for code in held where !pressed.contains(code) { events += event(1, code, 0) }
            for code in pressed where !held.contains(code) { events += event(1, code, 1) }
            events += event(0, 0, 0)
            held = pressed
        }
        try same(held, [], "keys still held at the end")
        return events
    }

    /// `struct input_event` with time 0.
    private static func event(_ type: UInt8, _ code: UInt16, _ value: UInt8) -> [UInt8] {
        [UInt8](repeating: 0, count: 16) + [type, 0, UInt8(code & 255), UInt8(code >> 8), value, 0, 0, 0]
    }
}

/// Report descriptors of bar code scanners, as the makers' manuals give them.
private enum HIDDescriptors {
    static let layoutA = bytes(
        """
        05 8C 09 02 A1 01 09 12 A1 02  # Bar Code Scanner, Scanned Data Report
        85 02 15 00 26 FF 00 75 08     # Report ID 2, 0 to 255, 8 bits
        95 01 05 01 09 3B 81 02        # Byte Count
        95 03 05 8C 09 FB 09 FC 09 FD  # Symbology Identifier 1 to 3
        81 02
        95 38 09 FE 82 02 01           # Decoded Data: 56 buffered bytes
        95 01 06 66 FF 09 04 81 02     # maker's symbology code
        81 03                          # reserved
        05 8C 25 01 75 01 09 FF 81 02  # Decoded Data Continued: 1 bit
        75 07 81 03 C0 C0
        """)

    static let layoutB = bytes(
        """
        05 8C 09 02 A1 01 09 12 A1 02
        85 02 15 00 26 FF 00 75 08
        95 01 05 01 09 3B 81 02        # Byte Count
        05 8C 95 38 09 FE 81 02        # Decoded Data
        95 04 81 03                    # 4 bytes reserved
        95 01 06 66 FF 09 04 81 02     # maker's symbology code
        05 8C 75 01 09 FF 81 02        # Decoded Data Continued
        75 07 81 03 C0 C0
        """)
}
