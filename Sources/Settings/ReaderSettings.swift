public import GateModel
public import Lanes

public struct AccessPointSettings: Sendable {
    public var point: AccessPoint
    public var readers: [ReaderSettings]
    public var thermometer: ThermometerSettings?
    /// How long the lane is released for whoever presents here, instead of the lane's own time: the reader of a wide or
    /// accessible passage.
    public var releaseTime: Duration?
    /// When a list counts as stale and as expired here.
    public var list: FreshnessLimits
    /// What is done with what is presented here.
    public var policy: PolicyTable
}

/// One reader of an access point.
public struct ReaderSettings: Sendable {
    public enum Kind: Sendable, Hashable {
        /// An ID-card reader that speaks SDT on a serial line.
        case sdt(SerialSettings)
        /// An ID-card reader that speaks SDT over USB.
        case sdtUSB(USBSettings)
        /// A scanner that sends lines of text on a serial line.
        case qrSerial(SerialSettings, ScannerSettings)
        /// A scanner in HID POS mode: its `/dev/hidraw…`.
        case hidPOS(device: String, CodeSettings)
        /// A scanner that types: its `/dev/input/event…`.
        case keyboardWedge(device: String, idleGap: Duration, CodeSettings)
        /// An RFID module that sends card numbers on a serial line.
        case serialRFID(SerialSettings)
        /// A reader on an OSDP bus.
        case osdp(OSDPReaderSettings)
        /// A reader or keypad on two GPIO lines.
        case wiegand(WiegandSettings)
    }

    public var id: ReaderID
    public var kind: Kind
    /// Where the setting stands in the file.
    public var line: Int
}

/// A serial line of a reader's own.
public struct SerialSettings: Sendable, Hashable {
    /// A stable path such as `/dev/serial/by-id/…`, or `usb-port:…` or `usb-serial:…`.
    public var device: String
    /// Bits per second.
    public var rate: Int
}

public struct USBSettings: Sendable, Hashable {
    /// Vendor and product, each 4 hexadecimal digits: `0400:c35a`. Empty for the known ones.
    public var ids: [String]
    /// `usb-port:…` or `usb-serial:…`; `nil` for the only one there is.
    public var device: String?
}

/// Which codes a scanner may read.
public struct CodeSettings: Sendable, Hashable {
    public enum AIM: String, Sendable, Hashable, CaseIterable {
        case none, optional, required
    }

    public var aim: AIM
    /// The AIM identifiers taken, such as `Q1`.
    public var acceptedAIM: [String]
}

public struct ScannerSettings: Sendable, Hashable {
    public enum Suffix: String, Sendable, Hashable, CaseIterable {
        case cr, crlf, lf, tab, etx
    }

    /// Whose commands the scanner understands.
    public enum Make: String, Sendable, Hashable, CaseIterable {
        /// Nothing is sent to it.
        case generic
        case honeywell, newland
        /// The GM65 family and others with the "zone" protocol.
        case zone
        /// Packets with checksum and acknowledgement.
        case zebraSSI = "zebra-ssi"
        case zkteco
    }

    public var suffix: Suffix
    /// How long the line must be silent for a scan to end without its suffix.
    public var idleGap: Duration
    public var codes: CodeSettings
    public var make: Make
}

/// A line that several readers share.
public struct BusSettings: Sendable, Hashable {
    public var name: String
    public var serial: SerialSettings
    /// How much later than the protocol allows an answer may come, for slow USB adapters.
    public var latency: Duration
    /// Where the setting stands in the file.
    public var line: Int
}

public struct OSDPReaderSettings: Sendable, Hashable {
    public var bus: String
    /// 0 to 126.
    public var address: Int
    /// Holds the reader's secure channel key, 32 hexadecimal digits. `nil`: the reader is used in clear.
    public var keyFile: String?
    /// Whether the key is to be written into a reader that still has the default key.
    public var install: Bool
}

public struct WiegandSettings: Sendable, Hashable {
    public var data0: LineSettings
    public var data1: LineSettings
    /// How long both lines must be silent for a message to end.
    public var gap: Duration
    /// The message lengths taken, in bits.
    public var lengths: [Int]
    public var swapsStarAndHash: Bool
}

/// A thermometer whose reading joins what is presented at its access point. Advisory.
public struct ThermometerSettings: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case mcu90614 = "gy-mcu90614"
        case gy614v = "gy-614v"
    }

    public var kind: Kind
    public var serial: SerialSettings
    /// In hundredths of a degree Celsius; at or above it a person is referred.
    public var limit: Int
    /// How old the last reading may be when something is presented.
    public var window: Duration
    /// Whether nobody enters without a reading.
    public var isRequired: Bool
    /// Where the setting stands in the file.
    public var line: Int
}

extension GateSettings {
    /// The readers of all access points.
    public var readers: [ReaderSettings] { lanes.flatMap(\.accessPoints).flatMap(\.readers) }
}

extension ReaderSettings {
    /// The kind as the configuration file and tables name it.
    public var kindWord: String { word.rawValue }

    var word: ReaderKindWord {
        switch kind {
        case .sdt: .sdt
        case .sdtUSB: .sdtUSB
        case .qrSerial: .qrSerial
        case .hidPOS: .hidPOS
        case .keyboardWedge: .keyboardWedge
        case .serialRFID: .serialRFID
        case .osdp: .osdp
        case .wiegand: .wiegand
        }
    }

    /// Where the reader is, for a person.
    public var device: String {
        switch kind {
        case .sdt(let serial), .qrSerial(let serial, _), .serialRFID(let serial): serial.device
        case .sdtUSB(let usb): usb.device ?? (usb.ids.isEmpty ? "usb" : "usb \(usb.ids.joined(separator: ", "))")
        case .hidPOS(let device, _), .keyboardWedge(let device, _, _): device
        case .osdp(let osdp): "\(osdp.bus) address \(osdp.address)"
        case .wiegand(let wiegand): "\(wiegand.data0.chip) lines \(wiegand.data0.address) and \(wiegand.data1.address)"
        }
    }

}

/// The words of `kind:`.
enum ReaderKindWord: String, CaseIterable {
    case sdt
    case sdtUSB = "sdt-usb"
    case qrSerial = "qr-serial"
    case hidPOS = "hid-pos"
    case keyboardWedge = "keyboard-wedge"
    case serialRFID = "serial-rfid"
    case osdp, wiegand

    /// The keys of an entry of this kind, beside `name` and `kind`.
    var keys: [String] {
        switch self {
        case .sdt, .serialRFID: ["device", "rate"]
        case .sdtUSB: ["device", "usb-ids"]
        case .qrSerial: ["device", "rate", "make", "suffix", "idle-gap", "aim", "accept-aim"]
        case .hidPOS: ["device", "aim", "accept-aim"]
        case .keyboardWedge: ["device", "idle-gap", "aim", "accept-aim"]
        case .osdp: ["bus", "address", "key-file", "clear", "install"]
        case .wiegand: ["data0", "data1", "gap", "lengths", "swap-star-and-hash"]
        }
    }
}
