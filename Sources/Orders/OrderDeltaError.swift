/// Why a file cannot be used as a delta, or a delta not for a list.
public enum OrderDeltaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with an order that a delta writes.
    public enum RecordDamage: Hashable, Sendable {
        /// The subject is not above the one before.
        case notAscending
        case kindOrReason
        /// Not after the list is made, or more than 31 days after.
        case end
        case reference
        /// The delta removes the order on the same subject.
        case alsoRemoved
    }

    case notADelta
    /// The file is of another format version than this program reads.
    case otherFormat(found: UInt32)
    /// Both in bytes.
    case truncated(expected: UInt64, actual: UInt64)
    /// Both in bytes.
    case tooLong(expected: UInt64, actual: UInt64)
    /// A number in the header that no delta can have.
    case damagedHeader(field: String)
    /// A removed subject that is not above the one before. `number` is from 1.
    case damagedRemoval(number: Int)
    /// `number` is from 1.
    case damagedRecord(RecordDamage, number: Int)
    /// The delta changes another version than the one at hand.
    case otherBase(inForce: UInt64, expected: UInt64)
    /// The delta changes a list of the version at hand that was made at another time.
    case otherHistory(version: UInt64)
    case notLater(version: UInt64, than: UInt64)
    /// The list that should come after was made before, by so many seconds.
    case createdEarlier(by: Int64)
    case foreignKey(expectedEpoch: UInt32, foundEpoch: UInt32)

    public var description: String {
        switch self {
        case .notADelta:
            "The file is not a delta of an order list: it does not begin with GHDELTAS. Check which file was published."
        case .otherFormat(let found):
            "The delta has format version \(found), which this program does not read. "
                + "Let the program that publishes and this one be of the same release."
        case .truncated(let expected, let actual):
            "The delta is truncated: \(actual) bytes of \(expected). Fetch it again."
        case .tooLong(let expected, let actual):
            "The delta has \(actual) bytes where its header announces \(expected). Fetch it again."
        case .damagedHeader(let field):
            "The header of the delta is damaged: the \(field) is impossible. Fetch it again."
        case .damagedRemoval(let number):
            "The delta is damaged: removed subject \(number) is not above the one before. Fetch it again."
        case .damagedRecord(let damage, let number):
            "The delta is damaged: \(damage.words(number)). Fetch it again."
        case .otherBase(let inForce, let expected):
            "The delta changes list version \(expected), but version \(inForce) is in force. "
                + "Fetch the deltas in between, or the whole list."
        case .otherHistory(let version):
            "The delta changes a list version \(version) that was made at another time than the one in force: the publisher "
                + "has begun anew at an earlier version. Fetch the whole list."
        case .notLater(let version, let other):
            "The delta leads to list version \(version), which is not later than version \(other)."
        case .createdEarlier(let seconds):
            "The delta leads to a list that was made \(seconds) seconds before the one that it changes. "
                + "Check the clock of the publisher."
        case .foreignKey(let expected, let found):
            "The delta was made with another deployment key (epoch \(found)) than the list (epoch \(expected)). "
                + "Fetch the whole list."
        }
    }
}

extension OrderDeltaError.RecordDamage {
    fileprivate func words(_ number: Int) -> String {
        switch self {
        case .notAscending: "the subject of order \(number) is not above the one before"
        case .kindOrReason: "order \(number) has a kind or reason that does not exist"
        case .end: "order \(number) does not end within 31 days after the list is made"
        case .reference: "order \(number) has an impossible reference"
        case .alsoRemoved: "the subject of order \(number) is also removed"
        }
    }
}
