/// The colour of a light. Readers that lack one show another.
public struct OSDPColour: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let off = OSDPColour(rawValue: 0)
    public static let red = OSDPColour(rawValue: 1)
    public static let green = OSDPColour(rawValue: 2)
    public static let amber = OSDPColour(rawValue: 3)
    public static let blue = OSDPColour(rawValue: 4)
    public static let magenta = OSDPColour(rawValue: 5)
    public static let cyan = OSDPColour(rawValue: 6)
    public static let white = OSDPColour(rawValue: 7)
}

/// A light that changes between two colours.
public struct OSDPFlash: Hashable, Sendable {
    /// In units of 100 ms. Some readers refuse 0 for both.
    public var onTime: UInt8
    /// In units of 100 ms.
    public var offTime: UInt8
    public var onColour: OSDPColour
    public var offColour: OSDPColour

    public init(onTime: UInt8, offTime: UInt8, onColour: OSDPColour, offColour: OSDPColour = .off) {
        self.onTime = onTime
        self.offTime = offTime
        self.onColour = onColour
        self.offColour = offColour
    }

    /// One colour without a change.
    public static func steady(_ colour: OSDPColour) -> OSDPFlash {
        OSDPFlash(onTime: 1, offTime: 0, onColour: colour)
    }

    fileprivate func append(to out: inout [UInt8]) {
        out.append(onTime)
        out.append(offTime)
        out.append(onColour.rawValue)
        out.append(offColour.rawValue)
    }

    /// Reads the 4 bytes at `start`.
    fileprivate init(_ data: Span<UInt8>, at start: Int) {
        self.init(
            onTime: data[start], offTime: data[start + 1], onColour: OSDPColour(rawValue: data[start + 2]),
            offColour: OSDPColour(rawValue: data[start + 3]))
    }
}

/// What a light of a reader is to do (LED).
///
/// | Offset | Size | Field |
/// |---|---|---|
/// | 0 | 1 | reader |
/// | 1 | 1 | light |
/// | 2 | 1 | for a time: 0 nothing, 1 cancel, 2 set |
/// | 3 | 4 | on-time, off-time, on-colour, off-colour |
/// | 7 | 2 | for how long, in units of 100 ms |
/// | 9 | 1 | for good: 0 nothing, 1 set |
/// | 10 | 4 | on-time, off-time, on-colour, off-colour |
public struct OSDPLED: Hashable, Sendable {
    /// What is shown for a time, before the light returns to what it shows for good.
    public enum Temporary: Hashable, Sendable {
        case unchanged
        case cancel
        /// The time is in units of 100 ms.
        case set(OSDPFlash, time: UInt16)
    }

    static let length = 14

    /// Counted from 0.
    public var reader: UInt8
    /// Counted from 0.
    public var light: UInt8
    public var temporary: Temporary
    /// `nil`: unchanged.
    public var permanent: OSDPFlash?

    public init(reader: UInt8 = 0, light: UInt8 = 0, temporary: Temporary = .unchanged, permanent: OSDPFlash? = nil) {
        self.reader = reader
        self.light = light
        self.temporary = temporary
        self.permanent = permanent
    }

    func append(to out: inout [UInt8]) {
        let nothing = OSDPFlash(onTime: 0, offTime: 0, onColour: .off)
        out.append(reader)
        out.append(light)
        switch temporary {
        case .unchanged, .cancel:
            out.append(temporary == .cancel ? 1 : 0)
            nothing.append(to: &out)
            out.append(littleEndian: 0, bytes: 2)
        case .set(let flash, let time):
            out.append(2)
            flash.append(to: &out)
            out.append(littleEndian: UInt32(time), bytes: 2)
        }
        out.append(permanent == nil ? 0 : 1)
        (permanent ?? nothing).append(to: &out)
    }

    static func all(in data: Span<UInt8>) -> [OSDPLED]? {
        guard data.count > 0, data.count.isMultiple(of: length) else { return nil }
        return stride(from: 0, to: data.count, by: length).map { OSDPLED(data, at: $0) }
    }

    private init(_ data: Span<UInt8>, at start: Int) {
        reader = data[start]
        light = data[start + 1]
        switch data[start + 2] {
        case 1: temporary = .cancel
        case 2:
            let time = UInt16(data[start + 7]) | UInt16(data[start + 8]) << 8
            temporary = .set(OSDPFlash(data, at: start + 3), time: time)
        default: temporary = .unchanged
        }
        permanent = data[start + 9] == 1 ? OSDPFlash(data, at: start + 10) : nil
    }
}
