public import EventStream
import GRDB

/// Why the ledger could not do what was asked. Whatever fails, nothing of it is written.
public enum LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    /// The file belongs to a gate of another name, whose chain this gate cannot continue.
    case otherGate(path: String, found: String, expected: String)
    /// The file was written by a later version of the program.
    case newerFormat(path: String)
    case diskFull(path: String)
    /// The system could not read or write the file.
    case inputOutput(path: String, reason: String)
    /// The file was found damaged while in use.
    case damaged(path: String, reason: String)
    /// Too much waits to be written because the disk does not keep up.
    case overloaded(waiting: Int)
    case closed(path: String)
    /// An append without events.
    case nothingToWrite
    /// An event that cannot be written as JSON.
    case unencodable(reason: String)
    /// The central service has confirmed more than this gate holds: their histories differ.
    case confirmedBeyondHeld(confirmed: UInt64, held: UInt64)
    case unknownEpoch(StreamEpoch)
    case brokenChain(epoch: StreamEpoch, fault: ChainFault)
    /// The chain fits together, but its last events are not there any more.
    case shortenedChain(epoch: StreamEpoch, lastHeld: UInt64, lastWritten: UInt64)
    case failed(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "The ledger \(path) cannot be opened: \(reason). Check that its directory exists and may be written to."
        case .otherGate(let path, let found, let expected):
            "The ledger \(path) belongs to gate \(found), not to \(expected). Correct the gate's name, or move the file away to begin a new ledger."
        case .newerFormat(let path):
            "The ledger \(path) was written by a later version of this program. Install that version again."
        case .diskFull(let path):
            "The ledger \(path) cannot be written: there is no space left. Nothing was written; free some space."
        case .inputOutput(let path, let reason):
            "The ledger \(path) cannot be read or written: \(reason). Nothing was written; check the disk."
        case .damaged(let path, let reason):
            "The ledger \(path) is damaged: \(reason). Restart the daemon: it sets the file aside and begins a new ledger."
        case .overloaded(let waiting):
            "The ledger has \(waiting) writes waiting and takes no more: the disk does not keep up. Check the disk."
        case .closed(let path):
            "The ledger \(path) is closed: the daemon is stopping."
        case .nothingToWrite:
            "The ledger was asked to append no events."
        case .unencodable(let reason):
            "An event cannot be written as JSON: \(reason). Nothing was written."
        case .confirmedBeyondHeld(let confirmed, let held):
            "The central service has confirmed event \(confirmed), but this gate has written only \(held): their histories differ. A new epoch is needed."
        case .unknownEpoch(let epoch):
            "The ledger has no stream with epoch \(epoch)."
        case .brokenChain(let epoch, let fault):
            "The chain of epoch \(epoch) is broken: \(fault)."
        case .shortenedChain(let epoch, let lastHeld, let lastWritten):
            "The chain of epoch \(epoch) ends at event \(lastHeld), but \(lastWritten) events were written: the last ones were removed."
        case .failed(let path, let reason):
            "The ledger \(path) refused an operation: \(reason)."
        }
    }

    /// What an error of the database means for the ledger. Never quotes a value that was to be written.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as LedgerError:
            self = error
        case let error as DatabaseError:
            let reason = error.message ?? "code \(error.extendedResultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_FULL: self = .diskFull(path: path)
            case .SQLITE_IOERR: self = .inputOutput(path: path, reason: reason)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path: path, reason: reason)
            case .SQLITE_MISUSE: self = .closed(path: path)
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM: self = .cannotOpen(path: path, reason: reason)
            default: self = .failed(path: path, reason: reason)
            }
        case is RowDecodingError:
            self = .damaged(path: path, reason: "a row holds a value of another type than was written")
        default:
            self = .failed(path: path, reason: "\(error)")
        }
    }
}
