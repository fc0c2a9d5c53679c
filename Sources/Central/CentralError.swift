import GRDB
public import GateModel

/// Why the central service could not do what was asked.
public enum CentralError: Error, Hashable, Sendable, CustomStringConvertible {
    case alreadyCreated(path: String)
    case notCreated(path: String)
    case newerFormat(path: String)
    case cannotRead(path: String, reason: String)
    case cannotWrite(path: String, reason: String)
    case cannotListen(host: String, port: Int, reason: String)
    case database(reason: String)
    case badName(String)
    case gateExists(String)
    case unknownGate(String)
    /// The list was not published because rows were rejected and the import is strict.
    case rowsRejected(count: Int)
    /// More people would be on the list than two people have allowed.
    case needsApproval(added: Int, allowed: Int)
    /// The last version of the list was made at a later time than it is now.
    case clockBehind(now: WallTime, last: WallTime)
    /// What is published is newer than the database.
    case olderDatabase(snapshot: Int64, published: UInt64)
    /// A change is in the database, and gates do not see it yet.
    case notSeenYet(reason: String)
    case noSuchOrder
    case unusable(reason: String)
    case brokenStream(gate: String, epoch: String, reason: String)

    public var description: String {
        switch self {
        case .alreadyCreated(let path):
            "\(path) holds a central service already. Nothing was changed; choose another directory."
        case .notCreated(let path):
            "\(path) holds no central service. Make one with: gatehouse-central init --data \(path) --deployment NAME"
        case .newerFormat(let path):
            "\(path) was written by a later version of this program. Install that version again."
        case .cannotRead(let path, let reason): "\(path) cannot be read: \(reason)."
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)."
        case .cannotListen(let host, let port, let reason):
            "The service cannot listen on \(host):\(port): \(reason). Choose an address of this machine with --host and a free port with --port; is another service running?"
        case .database(let reason): "The database refused an operation: \(reason)."
        case .badName(let name):
            "\"\(name)\" is not a usable name. A gate's name has 1 to 64 letters, digits, dots, hyphens and underscores; a deployment's is not blank."
        case .gateExists(let name): "Gate \(name) has a token already. Use --renew to replace it."
        case .unknownGate(let name): "There is no gate \(name). Add it with: gatehouse-central gate add \(name)"
        case .rowsRejected(let count):
            "Nothing was published: \(count) rows were rejected. Correct them; without --strict the rows that are right are published."
        case .needsApproval(let added, let allowed):
            "This makes \(added) orders that one signature put on the list since two people signed for all of it; they allowed \(allowed). Nothing was published. Have the second person sign: add --approve KEYFILE (orders-bulk-2.key)."
        case .clockBehind(let now, let last):
            "This machine's clock shows \(now.text), and the last version of the list was made at \(last.text). Nothing was published. If the clock was ahead then and is right now, sign a new book with gatehouse-central orders approve, and import the list again: orders that had ended by that time are gone."
        case .olderDatabase(let snapshot, let published):
            "The database is older than what is published (snapshot \(snapshot), not \(published)): was a backup put back? Nothing was changed. Put the newer database back. If it is lost, two people sign for the list of this one with gatehouse-central orders approve --after-backup, and what came since has to be ordered again."
        case .notSeenYet(let reason):
            "The change is made, but the gates do not see it yet: \(reason) Mend that, and then: gatehouse-central publish"
        case .noSuchOrder: "There is no such order on the list. Nothing was changed."
        case .unusable(let reason): reason
        case .brokenStream(let gate, let epoch, let reason):
            "The stream of gate \(gate), epoch \(epoch), is broken: \(reason)."
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as CentralError: self = error
        // Never with the statement's arguments: they may hold what must not get into a log.
        case let error as DatabaseError:
            self = .database(reason: error.message ?? "code \(error.extendedResultCode.rawValue)")
        case is RowDecodingError: self = .database(reason: "a row holds a value of another type than was written")
        default: self = .unusable(reason: "\(error)")
        }
    }
}
