public import GateModel

/// A chip document that lies on a simulated ID-card reader. Everything on it but these fields is a fixed placeholder.
public struct SimulatedDocument: Hashable, Sendable {
    public var type: DocumentType
    /// Up to 18 characters, 15 for a foreign card of 2017; the rest is cut off.
    public var number: String
    public var validity: DocumentValidity

    public init(type: DocumentType, number: String, validity: DocumentValidity) {
        self.type = type
        self.number = number
        self.validity = validity
    }
}

/// Writes the replies of an SDT reader.
public enum SDTReplyEncoder {
    /// Preamble, length, SW1 SW2 SW3, data, XOR. SW1 and SW2 are zero.
    public static func reply(sw3: UInt8, data: [UInt8] = []) -> [UInt8] {
        let length = UInt16(truncatingIfNeeded: data.count + 4)
        let checked = [UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, sw3] + data
        return [0xAA, 0xAA, 0xAA, 0x96, 0x69] + checked + [checked.reduce(0, ^)]
    }

    /// The answer to FIND with a card there.
    public static let cardFound = reply(sw3: 0x9F, data: [UInt8](repeating: 0, count: 4))
    /// The answer to FIND without a card.
    public static let noCard = reply(sw3: 0x80)
    /// The answer to SELECT.
    public static let cardSelected = reply(sw3: 0x90, data: [UInt8](repeating: 0, count: 8))
    /// The answer to SELECT for a card that is taken away.
    public static let selectFailed = reply(sw3: 0x81)
    /// The answer to READ for a card that is taken away or broken.
    public static let readFailed = reply(sw3: 0x41)
    /// The answer to READ NEWEST ADDRESS with the card still there.
    public static let noNewAddress = reply(sw3: 0x91)

    /// The answer to READ: text of 256 bytes and a photo of 1024 zero bytes.
    public static func read(_ document: SimulatedDocument) -> [UInt8] {
        reply(sw3: 0x90, data: [1, 0, 4, 0] + textBlock(document) + [UInt8](repeating: 0, count: 1024))
    }

    /// The text of the card, UTF-16LE, filled up with spaces.
    static func textBlock(_ document: SimulatedDocument) -> [UInt8] {
        let until = document.validity.until.map(compact) ?? "长期"
        let validity: [(at: Int, count: Int, text: String)] = [
            (94, 8, compact(document.validity.from)), (102, 8, until),
        ]
        let fields: [(at: Int, count: Int, text: String)] =
            switch document.type {
            case .resident:
                [
                    (0, 15, "测试甲"), (15, 3, "101"), (18, 8, "19000101"), (26, 35, "示例省示例市示例路0号"),
                    (61, 18, document.number), (79, 15, "示例市公安局"),
                ]
            case .hongKongMacaoTaiwan:
                [
                    (0, 15, "测试乙"), (15, 1, "2"), (18, 8, "18000101"), (26, 35, "示例省示例市示例路0号"),
                    (61, 18, document.number), (79, 15, "示例市公安局"), (110, 9, "H00000000"), (119, 2, "00"), (124, 1, "J"),
                ]
            case .foreign2017:
                [
                    (0, 60, "TEST, PLACEHOLDER"), (60, 1, "1"), (61, 15, document.number), (76, 3, "XXX"),
                    (79, 15, "测试丙"),
                    (110, 8, "19000101"), (118, 2, "01"), (120, 4, "0000"), (124, 1, "I"),
                ]
            case .foreign2023:
                [
                    (0, 15, "测试丁"), (15, 3, "100"), (18, 8, "19000101"), (26, 35, "TEST, PLACEHOLDER"),
                    (61, 18, document.number), (121, 3, "XXX"), (124, 1, "Y"), (125, 3, "000"),
                ]
            }
        var characters = [UInt16](repeating: 0x20, count: 128)
        for field in fields + validity {
            for (offset, character) in field.text.utf16.prefix(field.count).enumerated() {
                characters[field.at + offset] = character
            }
        }
        return characters.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    private static func compact(_ date: CalendarDate) -> String {
        date.description.filter { $0 != "-" }
    }
}
