/// The address of a reader and the rate of its line (COMSET and COM): address, bits per second (4 bytes).
public struct OSDPCommunication: Hashable, Sendable {
    static let length = 5

    /// 00…7E.
    public var address: UInt8
    /// Bits per second.
    public var rate: UInt32

    public init(address: UInt8, rate: UInt32) {
        self.address = address
        self.rate = rate
    }

    func append(to out: inout [UInt8]) {
        out.append(address)
        out.append(littleEndian: rate, bytes: 4)
    }

    init?(_ data: Span<UInt8>) {
        guard data.count == Self.length else { return nil }
        self.init(address: data[0], rate: data.littleEndian32(at: 1))
    }
}
