import Credentials
import GateModel
import ReaderProtocols

/// A card of the vectors: every field that its text block has, and what the gate takes from it.
struct TextBlock: Sendable {
    let key: String
    let type: DocumentType
    let kind: DocumentNumber.Kind
    let number: String
    /// `nil`: without an end.
    let until: String?
    /// In their order, with the bytes that each takes.
    let fields: [(text: String, length: Int)]

    var bytes: [UInt8] { fields.flatMap { Self.field($0.text, $0.length) } }

    /// UTF-16LE, padded with spaces.
    static func field(_ text: String, _ length: Int) -> [UInt8] {
        let bytes = text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        return bytes + (bytes.count / 2..<length / 2).flatMap { _ in [0x20, 0x00] as [UInt8] }
    }

    static let all = [
        TextBlock(
            key: "resident", type: .resident, kind: .citizen, number: "000000190001010017", until: nil,
            fields: [
                ("测试甲", 30), ("1", 2), ("01", 4), ("19000101", 16), ("示例省示例市示例路0号", 70),
                ("000000190001010017", 36), ("示例市公安局", 30), ("20000101", 16), ("长期", 16), ("", 36),
            ]),
        TextBlock(
            key: "J", type: .hongKongMacaoTaiwan, kind: .hongKongMacaoTaiwanPermit, number: "810000180001010019",
            until: "20050101",
            fields: [
                ("测试乙", 30), ("2", 2), ("", 4), ("18000101", 16), ("示例省示例市示例路0号", 70),
                ("810000180001010019", 36), ("示例市公安局", 30), ("20000101", 16), ("20050101", 16), ("H00000000", 18),
                ("00", 4), ("", 6), ("J", 2), ("", 6),
            ]),
        TextBlock(
            key: "I", type: .foreign2017, kind: .foreignPermanentResident2017, number: "XXX000000010103",
            until: "20100101",
            fields: [
                ("TEST, PLACEHOLDER", 120), ("1", 2), ("XXX000000010103", 30), ("XXX", 6), ("测试丙", 30),
                ("20000101", 16), ("20100101", 16), ("19000101", 16), ("01", 4), ("0000", 8), ("I", 2), ("", 6),
            ]),
        TextBlock(
            key: "Y", type: .foreign2023, kind: .foreignPermanentResident2023, number: "90000019000101001X",
            until: "20100101",
            fields: [
                ("测试丁", 30), ("1", 2), ("00", 4), ("19000101", 16), ("TEST, PLACEHOLDER", 70),
                ("90000019000101001X", 36), ("", 30), ("20000101", 16), ("20100101", 16), ("", 22), ("XXX", 6),
                ("Y", 2), ("000", 6),
            ]),
    ]

    /// What the decoder makes of a reply to READ has to be this card.
    func judge(_ reply: SDTReply) throws {
        try same(reply.statusBytes, "00 00 90", "the status bytes")
        guard case .document(let document) = reply.content else { throw Mismatch("no document: \(reply.content)") }
        let from = try Self.day("20000101")
        let validity = DocumentValidity(from: from, until: try until.map { try Self.day($0) })
        try same(document.type, type, "the type")
        try same(document.number.text, number, "the number")
        try same(document.validity, validity, "the validity")
        func read(_ day: CalendarDate?, _ rules: DocumentNumber.Rules) throws -> DocumentNumber {
            try DocumentNumber(
                chip: document.number.text, type: document.type, validity: document.validity, today: day, rules: rules)
        }
        let valid = try read(try Self.day("20040101"), .placeholders)
        try same(valid.kind, kind, "the kind")
        try same(valid.canonical, number, "the canonical number")
        try same(reason { try read(nil, DocumentNumber.Rules()) }, .impossibleDocument, "a placeholder")
        let later = try Self.day("20250101")
        try same(reason { try read(later, .placeholders) }, until == nil ? nil : .expiredDocument, "the expiry")
    }

    private static func day(_ text: String) throws -> CalendarDate {
        guard let day = CalendarDate(yyyymmdd: text) else { throw Mismatch("no day: \(text)") }
        return day
    }
}

extension DocumentNumber.Rules {
    fileprivate static let placeholders = DocumentNumber.Rules(acceptPlaceholders: true)
}

/// `nil` if there is none.
private func reason(_ number: () throws -> DocumentNumber) -> UnreadableReason? {
    do {
        _ = try number()
        return nil
    } catch { return error as? UnreadableReason }
}

extension VectorCheck {
    static let documentNumbers: [VectorCheck] = numbers.map { key, stem, kind in
        VectorCheck("id_numbers_placeholder", text: key) { text in
            let number = try DocumentNumber(text, today: nil, rules: .placeholders)
            try same(number.kind, kind, "the kind")
            try same(number.canonical, text, "the canonical number")
            try same(number.checkDigitIsDoubtful, false, "the doubt")
            try same(try DocumentNumber(" " + text.lowercased(), today: nil, rules: .placeholders), number, "as typed")
            try same(reason { try DocumentNumber(text, today: nil) }, .impossibleDocument, "a placeholder")
            // Of all check characters this one alone is right.
            let checks = "0123456789X".filter {
                (try? DocumentNumber(stem + String($0), today: nil, rules: .placeholders))?.checkDigitIsDoubtful
                    == false
            }
            try same(text, stem + checks, "the number by its check character")
        }
    }

    private static let numbers: [(key: String, stem: String, kind: DocumentNumber.Kind)] = [
        ("citizen_male_invalid_region", "00000019000101001", .citizen),
        ("citizen_female_invalid_region", "00000019000101002", .citizen),
        ("citizen_X_case", "00000019000101005", .citizen),
        ("foreign_pr_2023_invalid", "90000019000101001", .foreignPermanentResident2023),
        ("hk_permit_impossible_birth", "81000018000101001", .hongKongMacaoTaiwanPermit),
        ("macao_permit_impossible_birth", "82000018000101001", .hongKongMacaoTaiwanPermit),
        ("taiwan_permit_impossible_birth", "83000018000101002", .hongKongMacaoTaiwanPermit),
        ("foreign_pr_2017_invalid", "XXX00000001010", .foreignPermanentResident2017),
    ]

    static let documents: [VectorCheck] = TextBlock.all.flatMap { card in
        [
            VectorCheck("sdt_text_blocks", card.key) { bytes in
                try same(bytes.count, 256, "the length")
                try card.judge(SDTLine.reply(SDTLine.read(bytes)))
                try same(bytes, card.bytes, "the fields, most of which are not decoded (principle 6)")
                for length in [0, 512, 1024] {
                    let fingerprint = [UInt8](repeating: 0xF5, count: length)
                    try card.judge(SDTLine.reply(SDTLine.read(bytes, fingerprint: fingerprint)))
                }
            },
            VectorCheck(
                "sdt_read_3001_first16_last_with_zero_photo", together: ["\(card.key)/0", "\(card.key)/1"]
            ) { texts in
                let (first, last) = (try hex(texts[0]), try hex(texts[1]))
                // The frame begins and ends with the vector; two bytes of the text stand in it.
                let frame = first + card.bytes.dropFirst(2) + SDTLine.photo + last
                try same(frame.count, 1295, "the length")
                try card.judge(SDTLine.reply(frame))
                try same(frame, SDTLine.read(card.bytes), "the frame")
            },
        ]
    }
}
