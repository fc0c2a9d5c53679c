import ReaderProtocols

extension VectorCheck {
    static let thermometers: [VectorCheck] =
        [
            ("MCU90614 continuous", MCU90614Command.continuous.bytes),
            ("MCU90614 query", MCU90614Command.singleReading.bytes),
            ("MCU90614 baud 9600", MCU90614Command.rate9600.bytes),
            ("MCU90614 baud 115200", MCU90614Command.rate115200.bytes),
            ("MCU90614 auto on", MCU90614Command.startsContinuous.bytes),
            ("MCU90614 auto off", MCU90614Command.startsSilent.bytes),
            ("GY-614V read E,TO,TA,BO", GY614VCommand.readAll.bytes),
            ("GY-614V read TO,TA,BO", GY614VCommand.readTemperatures.bytes),
            ("GY-614V query mode", GY614VCommand.queryMode.bytes),
            ("GY-614V baud 115200", GY614VCommand.rate115200.bytes),
            ("GY-614V baud 9600", GY614VCommand.rate9600.bytes),
            ("GY-614V save", GY614VCommand.save.bytes),
            ("GY-614V rate 10 Hz", GY614VCommand.tenReadingsASecond.bytes),
        ].map { (key: String, command: [UInt8]) in
            VectorCheck("thermo_cmds", key) { try same(command, $0, "the command") }
        } + [
            VectorCheck("thermo_replies", "9-byte TO=36.52 TA=24.10") {
                try judge($0, MCU90614Decoder(), object: 3652, ambient: 2410)
                try same($0, withSum([0x5A, 0x5A, 0x45, 4] + word(3652) + word(2410)), "the frame")
            },
            VectorCheck("thermo_replies", "9-byte TA=-3.20 (signed)") {
                try judge($0, MCU90614Decoder(), object: 3652, ambient: -320)
                try same($0, withSum([0x5A, 0x5A, 0x45, 4] + word(3652) + word(-320)), "the frame")
            },
            VectorCheck("thermo_replies", "GY-614V 12-byte E=0.97 TO=34.20 TA=24.10 BO=36.55") {
                try judge($0, GY614VDecoder(), object: 3420, ambient: 2410)
                // Emissivity and body estimate are not decoded.
                let data = [97] + word(3420) + word(2410) + word(3655)
                try same($0, withSum([0xA4, 0x03, 0x07, 7] + data), "the frame")
            },
        ]

    private static func judge(
        _ bytes: [UInt8], _ fresh: some ThermometerDecoder, object: Int, ambient: Int
    ) throws {
        for chunks in [[bytes], bytes.map { [$0] }] {
            var decoder = fresh
            let readings = chunks.flatMap { decoder.feed($0) }
            try same(readings, [TemperatureReading(object: object, ambient: ambient)], "the readings")
            try same(decoder.counters.readings, 1, "readings")
            try same(decoder.counters.noiseBytes, 0, "noise")
        }
    }

    private static func withSum(_ bytes: [UInt8]) -> [UInt8] { bytes + [bytes.reduce(0, &+)] }
}
