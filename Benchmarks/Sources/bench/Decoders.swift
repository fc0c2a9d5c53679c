import CHarness
import GateModel
import OSDP
import ReaderProtocols

/// `decoder`: what a thread reads in a second if it does nothing else, and allocations in steady state.
func measureDecoders(isQuick: Bool, into report: inout Report) throws {
    let meter = try DecoderMeter(isQuick: isQuick)
    try measureCards(meter, into: &report)
    try measureScanners(meter, into: &report)
    try measureOSDP(meter, into: &report)
    try measureThermometers(meter, into: &report)
}

private func measureCards(_ meter: DecoderMeter, into report: inout Report) throws {
    var sdt = SDTFrameDecoder()
    let reply = Vectors.sdt
    let xor = DecoderMeter.Floor(name: "c_xor") { unsafe harness_xor(reply, reply.count, $0) }
    try meter.measure("sdt", frames: 1, into: &report, beside: xor) {
        var cards = 0
        sdt.feed(reply.span) { if case .document = $0.content { cards += 1 } }
        return cards
    }

    var wiegand = WiegandDecoder()
    let bits = Vectors.wiegand26
    var time = MonotonicTime(nanoseconds: 0)
    try meter.measure("wiegand26", frames: 1, into: &report) {
        var cards = 0
        for bit in bits {
            time.nanoseconds += 2_000_000
            wiegand.pulse(on: bit == 0x31 ? .d1 : .d0, at: time) { _ in }
        }
        // Another card is taken after 300 ms.
        time.nanoseconds += 400_000_000
        wiegand.timerFired(at: time) { if case .card = $0 { cards += 1 } }
        return cards
    }

    var rfid = RDM6300Decoder()
    let tag = Vectors.rdm6300
    try meter.measure("rdm6300", frames: 1, into: &report) {
        var cards = 0
        rfid.feed(tag.span) { if case .card = $0 { cards += 1 } }
        return cards
    }
}

private func measureScanners(_ meter: DecoderMeter, into report: inout Report) throws {
    let now = MonotonicTime(nanoseconds: 1_000_000_000)
    let line = Vectors.qrLine
    var lines = TextLineDecoder()
    let memchr = DecoderMeter.Floor(name: "c_memchr") { unsafe harness_lines(line, line.count, $0) }
    try meter.measure("qr_line", frames: 1, into: &report, beside: memchr) {
        var scans = 0
        lines.feed(line.span, at: now) { kind, _ in if case .text = kind { scans += 1 } }
        return scans
    }

    var scanner = ScannerDecoder()
    let answered = Vectors.scannerReply + line
    try meter.measure("scanner_with_replies", frames: 2, into: &report) {
        var read = 0
        scanner.feed(
            answered.span, at: now, scan: { kind, _ in if case .text = kind { read += 1 } },
            reply: { if $0.result == .done { read += 1 } })
        return read
    }

    var ssi = SSIDecoder()
    let packet = Vectors.ssi
    try meter.measure("ssi", frames: 1, into: &report) {
        var scans = 0
        ssi.feed(packet.span, at: now, scan: { kind, _ in if case .text = kind { scans += 1 } }, send: { _ in })
        return scans
    }

    let reports = Vectors.hidReports
    for (name, descriptor) in [("hid_pos", Vectors.hidDescriptor), ("hid_pos_layout_a", [])] {
        var scanner = HIDPOSDecoder(descriptor: HIDReportDescriptor(descriptor), vendorID: 0)
        try meter.measure(name, frames: 1, into: &report) {
            var scans = 0
            for report in reports {
                scanner.feed(report.span, at: now) { kind, _ in if case .text = kind { scans += 1 } }
            }
            return scans
        }
    }

    var wedge = KeyboardWedgeDecoder()
    let keystrokes = Vectors.keystrokes
    try meter.measure("keyboard_wedge", frames: 1, into: &report) {
        var scans = 0
        wedge.feed(keystrokes.span, at: now) { kind, _ in if case .text = kind { scans += 1 } }
        return scans
    }
}

private func measureOSDP(_ meter: DecoderMeter, into report: inout Report) throws {
    let now = MonotonicTime(nanoseconds: 0)
    var commands = OSDPFrameDecoder(.commands)
    var replies = OSDPFrameDecoder(.replies)
    let asked = Vectors.osdpPoll
    let answered = Vectors.osdpACK + Vectors.osdpRaw
    let all = asked + answered
    let crc = DecoderMeter.Floor(name: "c_crc") { unsafe harness_crc(all, all.count, $0) }
    try meter.measure("osdp_frame", frames: 3, into: &report, beside: crc) {
        var frames = 0
        commands.feed(asked.span, at: now) { _, _ in frames += 1 }
        replies.feed(answered.span, at: now) { _, _ in frames += 1 }
        return frames
    }

    let passes = 2000
    for (name, isSecure) in [("osdp_bus", false), ("osdp_bus_secure", true)] {
        var polling = try RecordedPolling(isSecure: isSecure, polls: passes * meter.roundsWithWarmUp)
        try meter.measure(name, passes: passes, frames: 1, into: &report) { polling.poll() }
        try polling.check()
    }
}

private func measureThermometers(_ meter: DecoderMeter, into report: inout Report) throws {
    var mcu = MCU90614Decoder()
    let short = Vectors.mcu90614
    try meter.measure("mcu90614", frames: 1, into: &report) {
        var readings = 0
        mcu.feed(short.span) { _ in readings += 1 }
        return readings
    }

    var gy = GY614VDecoder()
    let long = Vectors.gy614V
    try meter.measure("gy614v", frames: 1, into: &report) {
        var readings = 0
        gy.feed(long.span) { _ in readings += 1 }
        return readings
    }
}
