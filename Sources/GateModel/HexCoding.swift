/// A 64-bit value that is written as 16 lower-case hexadecimal digits, because JSON numbers lose bits above 2⁵³.
public protocol HexCoded: RawRepresentable, Codable, CustomStringConvertible where RawValue == UInt64 {
    init(rawValue: UInt64)
}

extension HexCoded {
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// `nil` unless `hex` is exactly 16 hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 16, !hex.hasPrefix("+"), !hex.hasPrefix("-"), let value = UInt64(hex, radix: 16) else {
            return nil
        }
        self.init(rawValue: value)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Self(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 16 hexadecimal digits")
        }
        self = value
    }
}

extension [UInt8] {
    /// Reads bytes written as two hexadecimal digits each, of either case, with nothing between them.
    public init?(hex text: some StringProtocol) {
        let digits = text.utf8.map { digit -> UInt8? in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46: digit - 0x41 + 10
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        let values = digits.compactMap(\.self)
        guard values.count == digits.count, values.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}

extension SubjectToken: HexCoded {}
extension HouseholdToken: HexCoded {}
extension CrossingID: HexCoded {}
extension ReleaseID: HexCoded {}

extension OrderReference: Codable, CustomStringConvertible {
    public var description: String { String(rawValue) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = OrderReference(try container.decode(UInt64.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "order reference outside \(Self.range)")
        }
        self = value
    }
}
