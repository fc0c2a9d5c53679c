import GateModel
import ReaderProtocols

extension FuzzTarget {
    static let hid = [
        FuzzTarget("hid-descriptor", longestInput: 1024) { input in
            var reader = ByteReader(input.payload)
            let length = Int(reader.byte()) | Int(reader.byte() & 3) << 8
            let descriptor = HIDReportDescriptor(reader.bytes(length))
            for report in descriptor.scanReports {
                // As in the kernel, whose longest report has 16 KiB.
                expect(report.data.bitOffset + report.data.bitCount <= 16_384 * 8, "fields lie within a report")
            }
            hidReports(input.replacingPayload(reader.rest()), descriptor)
        },
        FuzzTarget("hid-reports", longestInput: 1024) { hidReports($0, HIDReportDescriptor([])) },
        FuzzTarget("evdev", longestInput: 1536) { input in
            var decoder = KeyboardWedgeDecoder()
            for piece in input.pieces { _ = decoder.feed(piece.bytes, at: piece.at) }
            let events = decoder.eventCounters
            let fed = input.pieces.reduce(0) { $0 + $1.bytes.count / EvdevEvents.recordLength }
            expect(events.events == UInt64(fed), "every whole record is an event")
        },
        FuzzTarget("keyboard-wedge", run: keyboardWedge),
    ]

    /// Each piece of the payload is a report.
    private static func hidReports(_ input: FuzzInput, _ descriptor: HIDReportDescriptor) {
        let settings = HIDPOSDecoder.Settings(
            maximumLength: input.choice & 2 == 0 ? 4096 : 60, aim: aimPolicy(input.choice))
        var decoder = HIDPOSDecoder(
            descriptor: descriptor, vendorID: input.choice & 1 == 0 ? 0x0C2E : 0x1EAB, settings: settings)
        var now = FuzzInput.start
        var reports: UInt64 = 0
        for piece in input.pieces {
            if let due = decoder.nextDeadline, due <= piece.at {
                decoder.timerFired(at: due)
                expect(decoder.nextDeadline == nil, "an overdue scan is dropped")
            }
            if case .text(let scan) = decoder.feed(piece.bytes, at: piece.at) {
                expect(scan.text.utf8.count <= settings.maximumLength, "no scan is longer than allowed")
            }
            reports += 1
            let counters = decoder.reportCounters
            let counted =
                counters.used + counters.short + counters.unknown + counters.absurdCounts + counters.replies
            expect(counted == reports, "every report is counted once")
            now = piece.at
        }
        decoder.timerFired(at: now.advanced(by: .seconds(60)))
        expect(decoder.nextDeadline == nil, "nothing is held for a minute")
    }

    /// Key, direction and pause in three bytes, as records of 24 are mostly noise to a fuzzer.
    private static func keyboardWedge(_ input: FuzzInput) {
        let settings = KeyboardWedgeDecoder.Settings(
            maximumLength: input.choice & 1 == 0 ? 4096 : 5, aim: aimPolicy(input.choice))
        var decoder = KeyboardWedgeDecoder(settings: settings)
        var reader = ByteReader(input.payload)
        var now = FuzzInput.start
        while !reader.isAtEnd {
            now = now.advanced(by: FuzzInput.pause(reader.byte()))
            if let due = decoder.nextDeadline, due <= now {
                _ = decoder.timerFired(at: due)
                expect(decoder.nextDeadline.map { $0 > due } ?? true, "a timer that has fired is not due at once again")
            }
            let how = reader.byte()
            let code = UInt16(reader.byte())
            // A stamp by another clock, or an older one.
            let stamp = how & 8 == 0 ? now : MonotonicTime(nanoseconds: UInt64(how) << 56)
            let event = EvdevEvent(
                time: stamp, type: how & 0x10 == 0 ? 1 : UInt16(how >> 5), code: code, value: Int32(how & 3))
            decoder.feed(event, at: now) { _, text in
                expect(text.count <= settings.maximumLength, "no scan is longer than allowed")
            }
        }
        _ = decoder.timerFired(at: now.advanced(by: .seconds(60)))
        expect(decoder.nextDeadline == nil, "nothing is held for a minute")
    }
}
