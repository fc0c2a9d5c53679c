public import GateModel

/// Which list a book holds, when it was made, and with which key.
public struct OrderBookHead: Hashable, Sendable {
    /// Counts up with each publication.
    public var listVersion: UInt64
    /// When the list was made.
    public var created: WallTime
    /// Which deployment key the tokens were made with.
    public var keyEpoch: UInt32
    /// Tells whether the gate has that very key, without telling the key.
    public var keyCheck: UInt64

    public init(listVersion: UInt64, created: WallTime, keyEpoch: UInt32, keyCheck: UInt64) {
        self.listVersion = listVersion
        self.created = created
        self.keyEpoch = keyEpoch
        self.keyCheck = keyCheck
    }

    /// Whole minutes from the minute of ``created`` to the minute of `ends`.
    ///
    /// A book keeps ends so. 0 or less: the order has ended by then and is left out of the list.
    func endMinute(of ends: WallTime) -> Int64 { ends.startOfMinute.seconds(since: created.startOfMinute) / 60 }

    /// Whether an order that ends then is on the list: ``endMinute(of:)`` is above 0.
    func holds(_ ends: WallTime) -> Bool { ends >= created.startOfMinute.advanced(bySeconds: 60) }
}

extension WallTime {
    /// Rounded down to a whole minute. For times from 1970 on.
    var startOfMinute: WallTime { WallTime(secondsSince1970: secondsSince1970 - secondsSince1970 % 60) }
}
