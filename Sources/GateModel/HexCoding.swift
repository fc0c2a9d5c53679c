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

extension SubjectToken: HexCoded {}
extension HouseholdToken: HexCoded {}
extension CrossingID: HexCoded {}

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
