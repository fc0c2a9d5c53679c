/// What restarts the daemon or the machine when it is not fed any more. Lives on the loop that feeds it.
public protocol Watchdog: AnyObject {
    /// What is wrong with it, in words for a technician.
    var fault: String? { get }

    /// To be called twice a second.
    func feed()
    /// The daemon ends in an orderly way, and nothing is to be restarted.
    func stop()
}
