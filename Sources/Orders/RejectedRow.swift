public import GateModel

/// A row of an order list that was left out.
///
/// Never repeats what the row says: that would put a document number into logs.
public struct RejectedRow: Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Error, Hashable, Sendable {
        case malformedQuoting
        case notUTF8
        case wrongFieldCount(expected: Int, found: Int)
        case unknownKind
        case missingTier
        case badTier
        case tierOnIsolation
        case unknownReason
        case missingIssued
        case badIssued
        case missingEnd
        case badEnd
        case endsBeforeIssued
        case tooLong
        case alreadyEnded
        case issuedInFuture
        case badOrderReference
        case missingHousehold
        case unreadableDocument(UnreadableReason)
        case duplicate(ofLine: Int)
    }

    /// From 1, counting the line with the column names.
    public var line: Int
    public var reason: Reason

    public init(line: Int, reason: Reason) {
        self.line = line
        self.reason = reason
    }

    public var description: String { "line \(line): \(reason)" }
}

extension RejectedRow.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedQuoting: "the quotes do not pair up; a field cannot hold a line break"
        case .notUTF8: "the line is not UTF-8; save the list with that encoding"
        case .wrongFieldCount(let expected, let found): "there are \(found) fields where the header names \(expected)"
        case .unknownKind: "the kind must be isolation or exposure; there is no other"
        case .missingTier: "an exposure needs a tier of 1 to 4"
        case .badTier: "the tier must be 1, 2, 3 or 4"
        case .tierOnIsolation: "an isolation has no tier; leave it empty"
        case .unknownReason: "the reason must be one of \(Self.reasonWords)"
        case .missingIssued: "the date of issue is missing"
        case .badIssued: "the date of issue is not \(Self.dateForms)"
        case .missingEnd: "the end date is missing; every order ends"
        case .badEnd: "the end date is not \(Self.dateForms)"
        case .endsBeforeIssued: "the order ends before it is issued"
        case .tooLong: "the order lasts longer than 30 days"
        case .alreadyEnded: "the order has ended already"
        case .issuedInFuture: "the order is issued more than a day from now"
        case .badOrderReference: "the order reference must be a whole number from 1 to 999999999999"
        case .missingHousehold: "the household is missing"
        case .unreadableDocument(let reason): "the document number is not accepted: \(reason.explanation)"
        case .duplicate(let line): "the same person is on line \(line) already; keep the order that is in force"
        }
    }

    private static var reasonWords: String { Order.Reason.allCases.map(\.word).joined(separator: ", ") }
    private static let dateForms = "a date YYYY-MM-DD or a time YYYY-MM-DDTHH:MM:SSZ that exists"
}

/// Why an order list cannot be read at all.
public enum OrderCSVError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case noHeader
    case unknownColumn(String)
    case repeatedColumn(String)
    case missingColumn(String)

    public var description: String {
        switch self {
        case .empty: "The list is empty. Its first line must name the columns: \(Self.names)."
        case .noHeader: "The first line of the list does not name the columns. It must be: \(Self.names)."
        case .unknownColumn(let name):
            "The list has a column \"\(name)\", which no order can express. Remove it; the columns are: \(Self.names)."
        case .repeatedColumn(let name): "The list has the column \(name) twice. Remove one."
        case .missingColumn(let name): "The list has no column \(name). The columns are: \(Self.names)."
        }
    }

    private static var names: String { OrderCSV.Column.allCases.map(\.rawValue).joined(separator: ",") }
}
