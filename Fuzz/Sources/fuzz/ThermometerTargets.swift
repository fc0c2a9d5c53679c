import GateModel
import ReaderProtocols

extension FuzzTarget {
    static let thermometers = [
        FuzzTarget("mcu90614") { $0.deliver(to: MCU90614Decoder()) },
        FuzzTarget("gy614v") { $0.deliver(to: GY614VDecoder()) },
        FuzzTarget("temperature-window") { input in
            var window = TemperatureWindow()
            var reader = ByteReader(input.payload)
            var now = FuzzInput.start
            while !reader.isAtEnd {
                let pause = reader.byte()
                // Bit 7: the clock began anew.
                now = pause & 0x80 == 0 ? now.advanced(by: FuzzInput.pause(pause)) : FuzzInput.start
                let object = Int(Int16(bitPattern: UInt16(reader.byte()) << 8 | UInt16(reader.byte())))
                window.add(TemperatureReading(object: object, ambient: Int(reader.byte()) * 20), at: now)
                if case .celsiusHundredths(let value) = window.answer(at: now) {
                    expect(window.settings.plausible.contains(value), "what is told is plausible")
                }
            }
        },
    ]
}

extension MCU90614Decoder: StreamDecoder {
    var tally: ThermometerCounters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [TemperatureReading] { feed(bytes) }
}

extension GY614VDecoder: StreamDecoder {
    var tally: ThermometerCounters { counters }
    mutating func take(_ bytes: [UInt8], at now: MonotonicTime) -> [TemperatureReading] { feed(bytes) }
}
