import Control
import GateModel
import ReaderProtocols
import Settings

/// A reader of any kind, as the gatekeeper sees it. Lives on the lane loop.
protocol GateReader: AnyObject {
    var settings: ReaderSettings { get }
    var accessPoint: AccessPoint { get }
    var state: ReaderState { get }
    /// Why it is not ready, for a technician.
    var reason: String? { get }
    var details: ReaderDetails { get }

    func start()
    func stop()
    /// Shows and sounds a signal, where the reader can.
    func show(_ signal: FeedbackSignal)
    /// A device has been plugged in: one that waits for its own looks again at once.
    func retryNow()
}

/// What a reader handed over, still with the number in it. It lives for one turn of the loop.
enum ReaderEvent {
    case document(SDTDocument)
    case scan(ScannedText)
    /// From a keypad.
    case typed(ScannedText)
    case card(CardRead)
    /// A card or code was there and could not be read.
    case unreadable(CredentialKind)
    case health(ReaderState, String?)
}
