import Control
import ReaderProtocols
import Settings

extension ReaderCommand {
    /// The commands for a scanner of this make, each to be sent when the one before has been answered.
    func commands(for make: ScannerMake?) throws(ControlFailure) -> [[UInt8]] {
        guard let make else {
            throw ControlFailure(
                "nobody knows what commands a scanner of make 'generic' takes: write its make into the configuration, "
                    + "then restart gatehoused")
        }
        if let act {
            guard let bytes = make.bytes(for: ScannerCommand(act)) else {
                let known = Act.allCases.filter { make.bytes(for: ScannerCommand($0)) != nil }.map(\.rawValue)
                throw ControlFailure(
                    "no public document says how a \(make.word) scanner is told to \(act.rawValue); it takes "
                        + known.joined(separator: ", "))
            }
            return [bytes]
        }
        guard let form = make.settingForm else {
            throw ControlFailure("no public document says how a \(make.word) scanner is set")
        }
        guard let setting, let commands = make.commands(forSetting: setting, lasting: lasting ?? false) else {
            throw ControlFailure("a setting of a \(make.word) scanner is written as \(form)")
        }
        return commands
    }
}

extension ScannerCommand {
    fileprivate init(_ act: ReaderCommand.Act) {
        self =
            switch act {
            case .trigger: .trigger
            case .stop: .stop
            case .beep: .beep
            case .enable: .enable
            case .disable: .disable
            }
    }
}

extension ScannerMake {
    /// As the configuration calls it.
    fileprivate var word: String { self == .ssi ? ScannerSettings.Make.zebraSSI.rawValue : rawValue }
}
