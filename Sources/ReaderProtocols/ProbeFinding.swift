/// What ``ReaderProbe`` found on a port.
public struct ProbeFinding: Hashable, Sendable, CustomStringConvertible {
    /// As it stands in the configuration.
    public enum Kind: String, Hashable, Sendable {
        case sdt
        case qrSerial = "qr-serial"
        case osdp
        case mcu90614 = "gy-mcu90614"
        case gy614v = "gy-614v"
        case serialRFID = "serial-rfid"
    }

    public let kind: Kind
    /// Bits per second. A USB device that makes its own serial port works at every rate.
    public let rate: Int
    /// Whose commands the scanner understands; `nil` where it is no scanner, or it could not be asked.
    public let make: ScannerMake?
    /// What ended the scan that was heard; `nil` where none was, or nothing did.
    public let suffix: TextLineDecoder.Suffix?
    /// A sentence: what was seen. Holds nothing of what was scanned.
    public let evidence: String

    init(
        _ kind: Kind, rate: Int, make: ScannerMake? = nil, suffix: TextLineDecoder.Suffix? = nil, evidence: String
    ) {
        self.kind = kind
        self.rate = rate
        self.make = make
        self.suffix = suffix
        self.evidence = evidence
    }

    /// The words for the configuration file, as in `kind: qr-serial, rate: 9600, suffix: cr`.
    public var configuration: String {
        switch kind {
        case .osdp:
            "rate: \(rate) for the bus, under buses; kind: osdp, bus and address, and either key-file or clear: true for the reader"
        case .mcu90614, .gy614v: "kind: \(kind.rawValue), rate: \(rate) under thermometer of the access point"
        case .sdt, .serialRFID: "kind: \(kind.rawValue), rate: \(rate)"
        case .qrSerial:
            "kind: \(kind.rawValue), rate: \(rate)" + (make.map { ", make: \($0.word)" } ?? "")
                + (suffix.map { ", suffix: \($0.rawValue)" } ?? "")
        }
    }

    /// What was found, at which rate, and how to configure it.
    public var description: String { "\(evidence) Configure it with: \(configuration)." }
}

extension ScannerMake {
    /// As it stands in the configuration.
    fileprivate var word: String { self == .ssi ? "zebra-ssi" : rawValue }
}
