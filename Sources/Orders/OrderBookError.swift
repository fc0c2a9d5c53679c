public import GateModel

/// Why a file cannot be used as an order book.
public enum OrderBookError: Error, Hashable, Sendable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case notAnOrderBook
    /// The file is of another format version than this program reads.
    case otherFormat(found: UInt32)
    /// Both in bytes.
    case truncated(expected: UInt64, actual: UInt64)
    /// Both in bytes.
    case tooLong(expected: UInt64, actual: UInt64)
    /// A number in the header that no order book can have.
    case damagedHeader(field: String)
    /// `section` is the number in the section table.
    case sectionOutOfBounds(section: UInt32)
    /// A section whose content does not fit the header.
    case damagedSection(section: UInt32)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "The order book \(path) cannot be opened: \(reason)."
        case .notAnOrderBook:
            "The file is not an order book: it does not begin with GHORDERS. Check which file was published."
        case .otherFormat(let found):
            "The order book has format version \(found); this program reads version \(BookFormat.version) alone. "
                + "Let the program that publishes and this one be of the same release."
        case .truncated(let expected, let actual):
            "The order book is truncated: \(actual) bytes of \(expected). Fetch it again."
        case .tooLong(let expected, let actual):
            "The order book has \(actual) bytes where its header announces \(expected). Fetch it again."
        case .damagedHeader(let field):
            "The header of the order book is damaged: the \(field) is impossible. Fetch it again."
        case .sectionOutOfBounds(let section):
            "The order book is damaged: section \(section) does not lie where it must. Fetch it again."
        case .damagedSection(let section):
            "The order book is damaged: the content of section \(section) does not fit the header. Fetch it again."
        }
    }
}

/// Why orders cannot be made into an order book.
public enum OrderBookBuildError: Error, Hashable, Sendable, CustomStringConvertible {
    case duplicate(SubjectToken)
    /// The order ends later than any order made by now can.
    case endsTooLate(SubjectToken)
    case tooManyOrders(Int)
    case impossibleCreationTime(WallTime)
    /// The source gave other orders or households than in its survey, or not in ascending order.
    case inconsistentSource
    /// Where the file is written to says why it cannot.
    case cannotWrite(reason: String)
    case cancelled

    public var description: String {
        switch self {
        case .duplicate(let subject):
            "Two orders name the subject \(subject), and a list holds one for each. Keep the one in force."
        case .endsTooLate(let subject):
            "The order on subject \(subject) lasts longer than 30 days. Correct its end date."
        case .tooManyOrders(let count):
            "\(count) orders are too many for one list; at most \(BookFormat.mostOrders) fit."
        case .impossibleCreationTime(let time):
            "A list cannot be made at \(time.secondsSince1970) seconds since 1970. Check the clock."
        case .inconsistentSource:
            "The orders changed, or were not in ascending order, while their list was written. Make it again."
        case .cannotWrite(let reason):
            "The list cannot be written: \(reason)."
        case .cancelled:
            "The list was not written to its end, because that was called off."
        }
    }
}
