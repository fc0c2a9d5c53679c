import GateModel

extension ScannerMake {
    /// How a setting of this make is written; `nil` where no public document says how it is changed.
    public var settingForm: String? {
        switch self {
        case .honeywell: "tag, subtag and data as in the manual, such as AIMENA1"
        case .newland: "tag, subtag and data as in the manual, such as SCNTRG1"
        case .zone: "ADDRESS=BYTES in hexadecimal, such as 0000=81"
        case .ssi: "PARAMETER=VALUE, two hexadecimal digits each, such as 8A=08"
        case .zkteco: nil
        }
    }

    /// The commands that change a setting, each to be sent when the one before has been answered.
    ///
    /// - Parameters:
    ///   - setting: as ``settingForm`` says.
    ///   - lasting: whether the scanner still has it after a power cycle.
    /// - Returns: `nil` for what is written otherwise.
    public func commands(forSetting setting: String, lasting: Bool) -> [[UInt8]]? {
        switch self {
        case .honeywell: return HoneywellCommand.menu(setting, lasting: lasting).map { [$0] }
        case .newland: return NewlandCommand.unified(setting, lasting: lasting).map { [$0] }
        case .zone:
            guard let (address, data) = Self.assignment(setting), address.count == 2,
                let write = ZoneCommand.write(UInt16(address[0]) << 8 | UInt16(address[1]), data)
            else { return nil }
            return lasting ? [write, ZoneCommand.save] : [write]
        case .ssi:
            guard let (parameter, value) = Self.assignment(setting), parameter.count == 1, value.count == 1 else {
                return nil
            }
            return [SSICommand.setParameter(parameter[0], to: value[0], lasting: lasting).bytes]
        case .zkteco: return nil
        }
    }

    /// Two groups of bytes in hexadecimal, with `=` between them.
    private static func assignment(_ text: String) -> ([UInt8], [UInt8])? {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, let left = [UInt8](hex: sides[0]), let right = [UInt8](hex: sides[1]) else {
            return nil
        }
        return (left, right)
    }
}
