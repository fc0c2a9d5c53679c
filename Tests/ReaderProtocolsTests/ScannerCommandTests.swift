import ReaderProtocols
import TestSupport
import Testing

struct ScannerCommandTests {
    @Test func `zone commands carry the documented CRC`() {
        #expect(ZoneCommand.trigger == bytes("7E 00 08 01 00 02 01 02 DA"))
        #expect(ZoneCommand.stop == bytes("7E 00 08 01 00 02 02 32 B9"))
        #expect(ZoneCommand.write(0x0000, [0xD5]) == bytes("7E 00 08 01 00 00 D5 EF 41"))
        #expect(ZoneCommand.read(0x002A, count: 2) == bytes("7E 00 07 01 00 2A 02 D8 0F"))
        #expect(ZoneCommand.write(0x002A, [0x39, 0x01]) == bytes("7E 00 08 02 00 2A 39 01 A7 EA"))
        #expect(ZoneCommand.save == bytes("7E 00 09 01 00 00 00 DE C8"))
    }

    @Test func `a zone write has 1 to 255 bytes and both bytes of the address`() {
        #expect(ZoneCommand.write(0, []) == nil)
        #expect(ZoneCommand.write(0, [UInt8](repeating: 0, count: 256)) == nil)
        #expect(
            ZoneCommand.write(0x1234, [UInt8](repeating: 7, count: 255))?.prefix(6) == bytes("7E 00 08 FF 12 34")[...])
    }

    @Test func `SSI commands carry the documented checksum`() {
        let commands: [(SSICommand, String)] = [
            (.startSession, "04 E4 04 00 FF 14"), (.stopSession, "04 E5 04 00 FF 13"),
            (.acknowledge, "04 D0 04 00 FF 28"), (.enable, "04 E9 04 00 FF 0F"), (.disable, "04 EA 04 00 FF 0E"),
            (.flushQueue, "04 D2 04 00 FF 26"), (.requestRevision, "04 A3 04 00 FF 55"),
            (.refuse(.resend), "05 D1 04 00 01 FF 25"), (.refuse(.badContext), "05 D1 04 00 02 FF 24"),
            (.refuse(.denied), "05 D1 04 00 06 FF 20"),
            (.setParameter(0x8A, to: 0x08, lasting: true), "07 C6 04 08 00 8A 08 FE 95"),
            (.setParameter(0x8A, to: 0x08, lasting: false), "07 C6 04 00 00 8A 08 FE 9D"),
        ]
        for (command, hex) in commands { #expect(command.bytes == bytes(hex), "\(command)") }
    }

    @Test func `Honeywell commands begin with SYN and say how long a setting lasts`() {
        #expect(HoneywellCommand.trigger == bytes("16 54 0D"))
        #expect(HoneywellCommand.stop == bytes("16 55 0D"))
        #expect(HoneywellCommand.beep == bytes("16 07 0D"))
        #expect(HoneywellCommand.menu("AIMENA1", lasting: true) == bytes("16 4D 0D 41 49 4D 45 4E 41 31 2E"))
        #expect(HoneywellCommand.menu("AIMENA1", lasting: false) == bytes("16 4D 0D 41 49 4D 45 4E 41 31 21"))
    }

    @Test func `Newland commands say how long a setting lasts`() {
        #expect(NewlandCommand.trigger == bytes("01 54 04"))
        #expect(NewlandCommand.stop == bytes("01 50 04"))
        #expect(
            NewlandCommand.unified("SCNTRG1", lasting: false)
                == bytes("7E 01 30 30 30 30 23 53 43 4E 54 52 47 31 3B 03"))
        #expect(
            NewlandCommand.unified("SCNTRG0", lasting: true)
                == bytes("7E 01 30 30 30 30 40 53 43 4E 54 52 47 30 3B 03"))
        #expect(NewlandCommand.older(bytes("33 48 30 32 30")) == bytes("7E 00 00 05 33 48 30 32 30 B3"))
        #expect(NewlandCommand.older([]) == nil)
        #expect(NewlandCommand.older([UInt8](repeating: 1, count: 201)) == nil)
    }

    @Test(arguments: ["", "A.B", "A!", "A;B", "A,B", "A B", "A\r", "é", String(repeating: "A", count: 201)])
    func `a setting is one command and nothing else`(setting: String) {
        #expect(HoneywellCommand.menu(setting, lasting: false) == nil)
    }

    @Test(arguments: ["", "A;B", "A@B", "#A", "A\u{3}", String(repeating: "A", count: 201)])
    func `a Newland setting is one command and nothing else`(setting: String) {
        #expect(NewlandCommand.unified(setting, lasting: false) == nil)
    }

    @Test func `the shell asks by make, and is told where a make cannot`() {
        let table: [ScannerMake: [ScannerCommand: String]] = [
            .honeywell: [.trigger: "16 54 0D", .stop: "16 55 0D", .beep: "16 07 0D", .acknowledge: "06"],
            .newland: [.trigger: "01 54 04", .stop: "01 50 04"],
            .zone: [.trigger: "7E 00 08 01 00 02 01 02 DA", .stop: "7E 00 08 01 00 02 02 32 B9"],
            .ssi: [
                .trigger: "04 E4 04 00 FF 14", .stop: "04 E5 04 00 FF 13", .enable: "04 E9 04 00 FF 0F",
                .disable: "04 EA 04 00 FF 0E",
            ],
            .zkteco: [.trigger: "54", .stop: "50"],
        ]
        for make in ScannerMake.allCases {
            for command in ScannerCommand.allCases {
                let expected = table[make]?[command].map { bytes($0) }
                #expect(make.bytes(for: command) == expected, "\(make) \(command)")
            }
        }
    }
}
