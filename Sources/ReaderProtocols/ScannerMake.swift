/// What the gate can ask of a serial scanner while it works.
public enum ScannerCommand: Hashable, Sendable, CaseIterable {
    /// Look for a code now. Works where the scanner is set to be triggered by its host.
    case trigger
    /// Stop looking.
    case stop
    /// Sound once, without a scan.
    case beep
    /// The scan has arrived. Wanted by scanners that are set to wait for it.
    case acknowledge
    /// Read again after `disable`.
    case enable
    /// Read nothing, whatever is held in front of the scanner.
    case disable
}

/// Whose commands a serial scanner understands.
public enum ScannerMake: String, Hashable, Sendable, CaseIterable {
    /// Honeywell, HHP, Youjie.
    case honeywell
    case newland
    /// Grow GM60, GM65, GM805, GM812, GM861, Hamlet, Newland EM2000, EM3095, FM30: the "zone" protocol.
    case zone
    /// Zebra and Symbol in SSI mode, Grow GM67 and GM72. Their scans come in packets, see ``SSIDecoder``.
    case ssi
    /// ZKTeco ZKB200.
    case zkteco

    /// What goes on the wire; `nil` where this make cannot do it, or no public document says how.
    ///
    /// SSI has no bytes for `acknowledge`: ``SSIDecoder`` has sent them already when it hands over a scan.
    public func bytes(for command: ScannerCommand) -> [UInt8]? {
        switch (self, command) {
        case (.honeywell, .trigger): HoneywellCommand.trigger
        case (.honeywell, .stop): HoneywellCommand.stop
        case (.honeywell, .beep): HoneywellCommand.beep
        case (.honeywell, .acknowledge): HoneywellCommand.acknowledge
        case (.newland, .trigger): NewlandCommand.trigger
        case (.newland, .stop): NewlandCommand.stop
        case (.zone, .trigger): ZoneCommand.trigger
        case (.zone, .stop): ZoneCommand.stop
        case (.ssi, .trigger): SSICommand.startSession.bytes
        case (.ssi, .stop): SSICommand.stopSession.bytes
        case (.ssi, .enable): SSICommand.enable.bytes
        case (.ssi, .disable): SSICommand.disable.bytes
        case (.zkteco, .trigger): [0x54]
        case (.zkteco, .stop): [0x50]
        default: nil
        }
    }
}
