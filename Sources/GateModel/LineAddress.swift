/// Which line of a GPIO chip is meant: its number there, or the name that the board gives it.
public enum LineAddress: Hashable, Sendable, CustomStringConvertible {
    /// Counted from 0.
    case offset(UInt32)
    /// As `gpioinfo` shows it. Numbers may change with the board's revision, names do not.
    case name(String)

    public var description: String {
        switch self {
        case .offset(let offset): "\(offset)"
        case .name(let name): "'\(name)'"
        }
    }
}

extension LineAddress: ExpressibleByIntegerLiteral {
    public init(integerLiteral offset: UInt32) { self = .offset(offset) }
}

extension LineAddress: Comparable {
    public static func < (one: LineAddress, other: LineAddress) -> Bool {
        switch (one, other) {
        case (.offset(let one), .offset(let other)): one < other
        case (.name(let one), .name(let other)): one < other
        case (.offset, .name): true
        case (.name, .offset): false
        }
    }
}
