public import GateModel

/// One line of `GET /v1/readers/monitor`: what came from a reader, decoded, without personal fields. Never stored.
public struct MonitorLine: Sendable, Codable {
    public var at: WallTime
    public var reader: ReaderID
    /// For a technician.
    public var what: String

    public init(at: WallTime, reader: ReaderID, what: String) {
        self.at = at
        self.reader = reader
        self.what = what
    }
}
