import ReaderProtocols
import Testing

@Suite struct ScannerSettingTests {
    @Test func `each make has its own commands for a setting`() {
        #expect(
            ScannerMake.honeywell.commands(forSetting: "AIMENA1", lasting: false) == [
                [0x16, 0x4D, 0x0D] + Array("AIMENA1!".utf8)
            ])
        #expect(
            ScannerMake.newland.commands(forSetting: "SCNTRG1", lasting: true) == [
                [0x7E, 0x01, 0x30, 0x30, 0x30, 0x30] + Array("@SCNTRG1".utf8) + [0x3B, 0x03]
            ])
        #expect(
            ScannerMake.ssi.commands(forSetting: "8A=08", lasting: true) == [
                [0x07, 0xC6, 0x04, 0x08, 0x00, 0x8A, 0x08, 0xFE, 0x95]
            ])
        let zone = ScannerMake.zone.commands(forSetting: "0002=01", lasting: true)
        #expect(zone == [ZoneCommand.trigger, ZoneCommand.save])
        #expect(ScannerMake.zone.commands(forSetting: "0060=0102aB", lasting: false)?.count == 1)
        #expect(ScannerMake.zkteco.commands(forSetting: "x", lasting: false) == nil)
    }

    @Test(arguments: [
        "", "=", "0002", "0002=", "=01", "02=01", "000002=01", "0002=1", "0002=0g", "0002=+1", "0002=01=02", "００02=01",
        "0002=" + String(repeating: "00", count: 256),
    ])
    func `what is no address and bytes is no zone setting`(text: String) {
        #expect(ScannerMake.zone.commands(forSetting: text, lasting: false) == nil)
    }

    @Test(arguments: ["", "8A", "8A=", "8A=0801", "8A8A=08", "=08", "8A=é"])
    func `what is no parameter and value is no SSI setting`(text: String) {
        #expect(ScannerMake.ssi.commands(forSetting: text, lasting: true) == nil)
    }

    @Test(arguments: [ScannerMake.honeywell, .newland, .zone, .ssi])
    func `the example of each make's form is a setting`(make: ScannerMake) throws {
        let example = try #require(make.settingForm?.split(separator: " ").last)
        #expect(make.commands(forSetting: String(example), lasting: false) != nil)
    }
}
