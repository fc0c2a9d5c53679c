import GateModel
import ReaderProtocols

extension VectorCheck {
    static let sdtRequests: [VectorCheck] = [
        ("reset", SDTCommand.resetSAM), ("status", .samStatus), ("sam_id", .samID), ("find", .find),
        ("select", .select), ("read_text_photo", .readTextAndPhoto), ("read_new_address", .readNewestAddress),
    ].map { key, command in
        VectorCheck("sdt_requests", key) { try same(command.bytes, $0, command.name) }
    }

    static let sdtReplies: [VectorCheck] =
        statuses.map { key, sw3, zeros, status in
            VectorCheck("sdt_replies", key) { bytes in
                let reply = try SDTLine.reply(bytes)
                try same(reply.status, status, "the status")
                try same(reply.content, .none, "the content")
                try same(reply.statusBytes, "00 00 " + spelled([sw3]), "the status bytes")
                // The data is zero and not decoded.
                try same(bytes, SDTLine.frame(sw3: sw3, [UInt8](repeating: 0, count: zeros)), "the frame")
            }
        } + [
            VectorCheck("sdt_samid_reply", "") { bytes in
                let reply = try SDTLine.reply(bytes)
                try same(reply.statusBytes, "00 00 90", "the status bytes")
                guard case .samID(let id) = reply.content else { throw Mismatch("no SAM ID") }
                try same(id.description, "05.01-20101129-0001228293-0296863149", "the SAM ID")
            },
            VectorCheck("sdt_new_address_reply", "") { bytes in
                let reply = try SDTLine.reply(bytes)
                try same(reply.status, .success, "the status")
                // Principle 6.
                try same(reply.content, .none, "the content")
                try same(bytes, SDTLine.frame(sw3: 0x90, TextBlock.field("示例省示例市新址0号", 70)), "the frame")
            },
        ]

    private static let statuses: [(key: String, sw3: UInt8, zeros: Int, status: SDTStatus)] = [
        ("ok", 0x90, 0, .success), ("find_ok", 0x9F, 4, .cardFound), ("select_ok", 0x90, 8, .success),
        ("find_none", 0x80, 0, .noCard), ("select_fail", 0x81, 0, .selectFailed), ("read_fail", 0x41, 0, .readFailed),
        ("sam_card_auth_fail", 0x32, 0, .moduleRejectedCard), ("card_sam_auth_fail", 0x31, 0, .cardRejectedModule),
        ("bad_checksum", 0x10, 0, .requestChecksumWrong), ("bad_length", 0x11, 0, .requestLengthWrong),
        ("bad_command", 0x21, 0, .commandUnknown), ("no_permission", 0x23, 0, .notPermitted),
        ("unknown_error", 0x24, 0, .unknownError), ("unknown_card", 0x40, 0, .unknownCard),
        ("no_new_address", 0x91, 0, .empty), ("sam_selftest_fail", 0x60, 0, .selfTestFailed),
        ("sam_unauthorised", 0x66, 0, .moduleNotAuthorised),
    ]
}

enum SDTLine {
    static let photo = [UInt8](repeating: 0, count: 1024)

    /// The one reply that the bytes are, whole and cut.
    static func reply(_ frame: [UInt8]) throws -> SDTReply {
        var decoder = SDTFrameDecoder()
        let replies = decoder.feed(frame)
        guard replies.count == 1 else { throw Mismatch("\(replies.count) replies in \(spelled(frame))") }
        try same(decoder.counters.noiseBytes, 0, "noise")
        var piecemeal = SDTFrameDecoder()
        // A packet of USB, or a byte of a short frame.
        let length = frame.count > 100 ? 64 : 1
        let cut = stride(from: 0, to: frame.count, by: length).flatMap {
            piecemeal.feed(Array(frame[$0..<min($0 + length, frame.count)]))
        }
        try same(cut, replies, "the replies to the same bytes, cut")
        return replies[0]
    }

    static func frame(sw3: UInt8, _ data: [UInt8]) -> [UInt8] {
        let checked = word(data.count + 4) + [0, 0, sw3] + data
        return [0xAA, 0xAA, 0xAA, 0x96, 0x69] + checked + [checked.reduce(0, ^)]
    }

    /// The reply to READ (30 01), or to READ with fingerprint (30 10).
    static func read(_ text: [UInt8], fingerprint: [UInt8]? = nil) -> [UInt8] {
        frame(
            sw3: 0x90,
            word(text.count) + word(photo.count) + (fingerprint.map { word($0.count) } ?? []) + text + photo
                + (fingerprint ?? []))
    }
}
