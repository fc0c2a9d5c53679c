import Control
import GateModel
import NIOCore

/// What a dialogue wants done.
enum DialogueAction {
    case send([UInt8])
    case flushInput
    /// Replaces the wake before it.
    case wake(at: MonotonicTime)
    case event(ReaderEvent)
    /// To a command: for whoever gave it, and for whoever watches the reader.
    case answer(ReaderCommandAnswer)
    /// For whoever watches the reader: what came, without personal fields.
    case note(String)
}

/// The talk with one kind of reader: bytes and time in, actions out.
protocol ReaderDialogue {
    /// The device was opened: whatever had begun is over.
    mutating func opened(at now: MonotonicTime) -> [DialogueAction]
    mutating func received(_ bytes: ByteBuffer, at now: MonotonicTime) -> [DialogueAction]
    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction]
    /// What shows a signal on the reader; nothing where it cannot.
    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction]
    /// What tells the reader something; `nil` if its kind takes no commands.
    mutating func command(_ command: ReaderCommand, at now: MonotonicTime) throws(ControlFailure) -> [DialogueAction]?
    /// The command got no answer: nothing that belongs to it is sent any more.
    mutating func forgetCommand()
    /// By the names that a technician sees. Only those that are not zero need be there.
    var counters: [String: UInt64] { get }
    var firmware: String? { get }
    /// Whether the reader sends nothing while nothing is presented to it, so that much else is noise.
    var isQuietAtRest: Bool { get }
}

extension ReaderDialogue {
    mutating func timerFired(at now: MonotonicTime) -> [DialogueAction] { [] }
    mutating func show(_ signal: FeedbackSignal, at now: MonotonicTime) -> [DialogueAction] { [] }
    mutating func command(_ command: ReaderCommand, at now: MonotonicTime) throws(ControlFailure) -> [DialogueAction]? {
        nil
    }
    mutating func forgetCommand() {}
    var firmware: String? { nil }
    var isQuietAtRest: Bool { true }
}
