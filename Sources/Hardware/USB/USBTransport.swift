/// A pipe of a USB device.
package struct USBEndpoint: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable { case bulk, interrupt, other }

    /// The number, with the highest bit set for what comes from the device.
    package let address: UInt8
    package let kind: Kind
    /// The most bytes in one packet, 8 to 1024.
    package let packetSize: Int

    package init(address: UInt8, kind: Kind, packetSize: Int) {
        self.address = address
        self.kind = kind
        // What a broken descriptor says beyond it would only make a buffer too small or too large.
        self.packetSize = min(max(packetSize, 8), 1024)
    }

    package var isInput: Bool { address & 0x80 != 0 }

    package var description: String {
        let number = String(address, radix: 16, uppercase: true)
        return (number.utf8.count == 1 ? "0" : "") + number + (isInput ? " IN" : " OUT")
    }
}

/// How an SDT reader carries its frames over USB.
package enum USBTransport: Hashable, Sendable {
    /// The ministry's standard, "A": header and body each have a pipe of their own.
    case split(headerOut: USBEndpoint, bodyOut: USBEndpoint, headerIn: USBEndpoint, bodyIn: USBEndpoint)
    /// "B": whole frames, one pipe each way.
    case whole(out: USBEndpoint, in: USBEndpoint)

    /// Chooses by the pipes that interface 0 has; `nil` if they are neither set.
    package init?(_ endpoints: [USBEndpoint]) {
        guard endpoints.allSatisfy({ $0.kind != .other }) else { return nil }
        let sorted = endpoints.sorted { $0.address < $1.address }
        if sorted.map(\.address) == [0x02, 0x06, 0x81, 0x85] {
            self = .split(headerOut: sorted[0], bodyOut: sorted[1], headerIn: sorted[2], bodyIn: sorted[3])
        } else if sorted.count == 2, !sorted[0].isInput, sorted[1].isInput {
            self = .whole(out: sorted[0], in: sorted[1])
        } else {
            return nil
        }
    }

    /// The pipes to read from.
    package var inputs: [USBEndpoint] {
        switch self {
        case .split(_, _, let headerIn, let bodyIn): [headerIn, bodyIn]
        case .whole(_, let input): [input]
        }
    }
}
