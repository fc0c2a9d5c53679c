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
    /// Tells the reader something for a technician.
    ///
    /// - Parameter answered: called once, with what the reader says or that it says nothing.
    /// - Throws: why the reader is not told, and then nobody is called.
    func command(_ command: ReaderCommand, answered: @escaping (ReaderCommandAnswer) -> Void) throws(ControlFailure)
    /// A device has been plugged in: one that waits for its own looks again at once.
    func retryNow()
}

extension GateReader {
    func command(_ command: ReaderCommand, answered: @escaping (ReaderCommandAnswer) -> Void) throws(ControlFailure) {
        throw Self.noCommands(settings)
    }

    static func noCommands(_ settings: ReaderSettings) -> ControlFailure {
        ControlFailure("a reader of kind \(settings.kindWord) takes no commands; qr-serial and osdp do")
    }
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
