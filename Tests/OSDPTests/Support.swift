import GateModel
import OSDP
import TestSupport

func ms(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

/// A key that is not the factory's.
func key(_ seed: UInt8) throws -> OSDPKey {
    struct NoKey: Error {}
    guard let key = OSDPKey((0..<16).map { seed &+ $0 &* 7 }) else { throw NoKey() }
    return key
}

extension SeededGenerator {
    mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Commands with address 0, sequence 1 and CRC.
let commandVectors: [(command: OSDPCommand, bytes: [UInt8])] = [
    (.poll, bytes("53 00 08 00 05 60 DA 99")),
    (.identify, bytes("53 00 09 00 05 61 00 F0 51")),
    (.capabilities, bytes("53 00 09 00 05 62 00 A3 04")),
    (.localStatus, bytes("53 00 08 00 05 64 5E D9")),
    (.inputStatus, bytes("53 00 08 00 05 65 7F C9")),
    (.outputStatus, bytes("53 00 08 00 05 66 1C F9")),
    (.readerStatus, bytes("53 00 08 00 05 67 3D E9")),
    (
        .output([OSDPOutput(output: 0, action: .onForTime, time: 30)]),
        bytes("53 00 0C 00 05 68 00 05 1E 00 71 51")
    ),
    (.output([OSDPOutput(output: 0, action: .off)]), bytes("53 00 0C 00 05 68 00 01 00 00 CD AD")),
    (
        .led([OSDPLED(temporary: .set(.steady(.green), time: 20))]),
        bytes("53 00 16 00 05 69 00 00 02 01 00 02 00 14 00 00 00 00 00 00 6F 1D")
    ),
    (.buzzer(OSDPBuzzer(onTime: 2, offTime: 1, count: 2)), bytes("53 00 0D 00 05 6A 00 02 02 01 02 EB 2F")),
    (
        .text(OSDPText("OK", mode: .temporary, seconds: 5)),
        bytes("53 00 10 00 05 6B 00 03 05 01 01 02 4F 4B 04 CE")
    ),
    (
        .communication(OSDPCommunication(address: 1, rate: 9600)),
        bytes("53 00 0D 00 05 6E 01 80 25 00 00 6E A3")
    ),
    (.receiveSize(1440), bytes("53 00 0A 00 05 7B A0 05 4D BD")),
]

/// Wiegand 26, facility 123, card 45678.
let cardRead = OSDPCardRead(reader: 0, format: 1, bitCount: 26, bits: [0xBD, 0xD9, 0x37, 0x40])

/// Replies of address 0 with sequence 1 and CRC.
let replyVectors: [(reply: OSDPReply, bytes: [UInt8])] = [
    (.ack, bytes("53 80 08 00 05 40 68 9F")),
    (.nak(.unknownCommand), bytes("53 80 09 00 05 41 03 55 B3")),
    (.nak(.wrongSequence), bytes("53 80 09 00 05 41 04 B2 C3")),
    (.localStatus(OSDPLocalStatus(tamper: true, powerFailure: false)), bytes("53 80 0A 00 05 48 01 00 AB F4")),
    (.inputs([false, true]), bytes("53 80 0A 00 05 49 00 01 8B E0")),
    (.outputs([true, false]), bytes("53 80 0A 00 05 4A 01 00 CB 9A")),
    (.readers([.normal]), bytes("53 80 09 00 05 4B 00 FD 6C")),
    (.card(cardRead), bytes("53 80 10 00 05 50 00 01 1A 00 BD D9 37 40 35 85")),
    (
        .keypad(OSDPKeypad(reader: 0, keys: [0x31, 0x32, 0x0D])),
        bytes("53 80 0D 00 05 53 00 03 31 32 0D D9 E7")
    ),
    (
        .communication(OSDPCommunication(address: 1, rate: 9600)),
        bytes("53 80 0D 00 05 54 01 80 25 00 00 D4 EE")
    ),
    (
        .capabilities(
            OSDPCapabilities(entries: [
                .init(function: 1, compliance: 1, count: 8), .init(function: 2, compliance: 1, count: 2),
                .init(function: 4, compliance: 1, count: 1), .init(function: 8, compliance: 1, count: 0),
                .init(function: 9, compliance: 1, count: 0),
            ])),
        bytes("53 80 17 00 05 46 01 01 08 02 01 02 04 01 01 08 01 00 09 01 00 96 F5")
    ),
]
