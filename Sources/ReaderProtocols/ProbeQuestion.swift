/// What the probe asks an unknown device. Each is a question: none changes a setting of any device known to the gate.
enum ProbeQuestion: Hashable, Sendable, CaseIterable {
    case idCardReader
    case zoneScanner
    case newlandScanner
    case honeywellScanner
    case ssiScanner
    case osdpReader
    case irThermometer
    case registerThermometer

    /// In bits per second: the likely ones.
    var rates: Set<Int> {
        switch self {
        case .idCardReader: [115_200, 57_600, 38_400, 19_200, 9600]
        case .ssiScanner: [9600]
        case .osdpReader: [9600, 38_400, 115_200]
        case .zoneScanner, .newlandScanner, .honeywellScanner, .irThermometer, .registerThermometer: [9600, 115_200]
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .idCardReader: SDTCommand.samStatus.bytes
        // The two bytes of the baud rate at 002A.
        case .zoneScanner: ZoneCommand.read(0x002A, count: 2)
        // The setting's possible values; temporary, so that nothing could stay even if it were misread.
        case .newlandScanner: NewlandCommand.unified("DEVQRY*", lasting: false) ?? []
        // The value of "Codabar on or off", the example of Honeywell's manuals; temporary for the same reason.
        case .honeywellScanner: HoneywellCommand.menu(Self.honeywellTag + "?", lasting: false) ?? []
        case .ssiScanner: SSICommand.requestRevision.bytes
        case .osdpReader: Self.osdpPoll
        case .irThermometer: MCU90614Command.singleReading.bytes
        case .registerThermometer: GY614VCommand.readAll.bytes
        }
    }

    static let honeywellTag = "CBRENA"

    /// POLL to the address that every reader answers to. Sequence 0, because the reader may not know us yet; with CRC.
    /// The byte in front is the mark that gives a two-wire line time to turn round.
    private static let osdpPoll: [UInt8] = {
        let frame: [UInt8] = [0x53, 0x7F, 0x08, 0x00, 0x04, 0x60]
        let crc = CRC16.checksum(frame.span, initial: 0x1D0F)
        return [0xFF] + frame + [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
    }()
}
