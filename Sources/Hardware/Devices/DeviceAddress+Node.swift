import GateModel

extension DeviceAddress {
    /// The node that an address in a configuration means now: a path as it is, anything else as it is plugged in.
    static func node(of address: String, as kind: DeviceKind) throws(OpenFailure) -> String {
        do throws(DeviceAddressError) {
            return try DeviceFinder().node(of: parse(address), as: kind)
        } catch {
            let isMissing = if case .absent = error { true } else { false }
            throw OpenFailure(state: isMissing ? .absent : .failed, reason: "\(error)")
        }
    }
}
