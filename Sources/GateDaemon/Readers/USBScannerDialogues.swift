import GateModel
import NIOCore
import ReaderProtocols
import Settings

/// A scanner in HID POS mode. Each reception is one report.
struct HIDPOSDialogue: ReaderDialogue {
    private var decoder: HIDPOSDecoder
    private var scans = ScanQueue()
    private let descriptor: HIDReportDescriptor
    private let vendorID: UInt16

    init(descriptor: HIDReportDescriptor, vendorID: UInt16, codes: CodeSettings) {
        self.descriptor = descriptor
        self.vendorID = vendorID
        decoder = HIDPOSDecoder(
            descriptor: descriptor, vendorID: vendorID, settings: .init(aim: AIMPolicy(codes)))
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = HIDPOSDecoder(descriptor: descriptor, vendorID: vendorID, settings: decoder.settings)
        scans = ScanQueue()
        guard descriptor.isBarCodeScanner else {
            return [
                .event(
                    .health(
                        .degraded,
                        "the device does not say that it is a bar code scanner: set the scanner to HID POS mode (its manual has the code)"
                    ))
            ]
        }
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        decoder.feed(bytes.readableBytesUInt8Span, at: now) { found.append(ScanOutput($0, $1)) }
        return scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        decoder.timerFired(at: now)
        return scans.take([], next: decoder.nextDeadline, at: now)
    }

    var counters: [String: UInt64] {
        decoder.counters.named.merging([
            "reports": decoder.reportCounters.used, "short-reports": decoder.reportCounters.short,
            "unknown-reports": decoder.reportCounters.unknown, "absurd-counts": decoder.reportCounters.absurdCounts,
        ]) { $1 }
    }
}

/// A scanner that types. Each reception is some `input_event` records.
struct WedgeDialogue: ReaderDialogue {
    private var decoder: KeyboardWedgeDecoder
    private var scans = ScanQueue()

    init(idleGap: Duration, codes: CodeSettings) {
        decoder = KeyboardWedgeDecoder(settings: .init(idleGap: idleGap, aim: AIMPolicy(codes)))
    }

    mutating func opened(at now: MonotonicTime) -> [DialogueAction] {
        decoder = KeyboardWedgeDecoder(settings: decoder.settings)
        scans = ScanQueue()
        return [.event(.health(.ready, nil))]
    }

    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        decoder.feed(bytes.readableBytesUInt8Span, at: now) { found.append(ScanOutput($0, $1)) }
        return scans.take(found, next: decoder.nextDeadline, at: now)
    }

    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] {
        var found: [ScanOutput] = []
        decoder.timerFired(at: now) { found.append(ScanOutput($0, $1)) }
        return scans.take(found, next: decoder.nextDeadline, at: now)
    }

    var counters: [String: UInt64] {
        decoder.counters.named.merging(["overruns": decoder.eventCounters.overruns]) { $1 }
    }
}
