import GateModel
import HardwareMocks
import TestSupport
import Testing

private let find = bytes("AA AA AA 96 69 00 03 20 01 22")
private let select = bytes("AA AA AA 96 69 00 03 20 02 21")
private let read = bytes("AA AA AA 96 69 00 03 30 01 32")
private let readNewestAddress = bytes("AA AA AA 96 69 00 03 30 03 30")

private let cardFound = bytes("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")
private let noCard = bytes("AA AA AA 96 69 00 04 00 00 80 84")
private let selected = bytes("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C")
private let selectFailed = bytes("AA AA AA 96 69 00 04 00 00 81 85")
private let readFailed = bytes("AA AA AA 96 69 00 04 00 00 41 45")
private let noNewAddress = bytes("AA AA AA 96 69 00 04 00 00 91 95")

private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(yyyymmdd: text)) }

private func resident() throws -> SDTResponder.Card {
    let validity = DocumentValidity(from: try day("20000101"), until: nil)
    return .document(SimulatedDocument(type: .resident, number: "000000190001010017", validity: validity))
}

struct SDTResponderTests {
    @Test func `an empty reader finds nothing, and neither selects nor reads it`() {
        var reader = SDTResponder()
        #expect(reader.receive(find) == [noCard])
        #expect(reader.receive(select) == [selectFailed])
        #expect(reader.receive(read) == [readFailed])
        #expect(reader.receive(readNewestAddress) == [readFailed])
    }

    @Test(
        arguments: [
            (DocumentType.resident, "000000190001010017", nil, TextBlocks.resident, 0x52),
            (.hongKongMacaoTaiwan, "810000180001010019", "20050101", TextBlocks.hongKongMacaoTaiwan, 0x90),
            (.foreign2017, "XXX000000010103", "20100101", TextBlocks.foreign2017, 0x9D),
            (.foreign2023, "90000019000101001X", "20100101", TextBlocks.foreign2023, 0x97),
        ] as [(DocumentType, String, String?, String, UInt8)])
    func `a card is found, selected and read to the last byte`(
        type: DocumentType, number: String, until: String?, text: String, check: UInt8
    ) throws {
        let validity = DocumentValidity(from: try day("20000101"), until: try until.map(day))
        var reader = SDTResponder()
        reader.place(.document(SimulatedDocument(type: type, number: number, validity: validity)))
        #expect(reader.receive(find) == [cardFound])
        #expect(reader.receive(select) == [selected])
        let reply = try #require(reader.receive(read).first)
        let head = bytes("AA AA AA 96 69 05 08 00 00 90 01 00 04 00")
        #expect(reply == head + bytes(text) + [UInt8](repeating: 0, count: 1024) + [check])
        #expect(reply.count == 1295)
    }

    @Test func `a card that was read is there until it is taken away, and not found again`() throws {
        var reader = SDTResponder()
        reader.place(try resident())
        _ = reader.receive(find + select + read)
        #expect(reader.receive(readNewestAddress) == [noNewAddress])
        #expect(reader.receive(find) == [noCard])
        reader.place(nil)
        #expect(reader.receive(readNewestAddress) == [readFailed])
        reader.place(try resident())
        #expect(reader.receive(find) == [cardFound])
    }

    @Test func `an unreadable card is found and fails each read`() {
        var reader = SDTResponder()
        reader.place(.unreadable)
        for _ in 0..<2 { #expect(reader.receive(find + select + read) == [cardFound, selected, readFailed]) }
    }

    @Test func `requests may come in pieces, with noise between them`() throws {
        var reader = SDTResponder()
        reader.place(try resident())
        var replies: [[UInt8]] = []
        for byte in [0xAA, 0xAA, 0x00, 0xAA] + find + [0x42] + select { replies += reader.receive([byte]) }
        #expect(replies == [cardFound, selected])
    }

    @Test func `bad requests get the status that says so`() {
        var reader = SDTResponder()
        #expect(reader.receive(find.dropLast() + [0]) == [bytes("AA AA AA 96 69 00 04 00 00 10 14")])
        #expect(reader.receive(bytes("AA AA AA 96 69 00 02 20 22")) == [bytes("AA AA AA 96 69 00 04 00 00 11 15")])
        #expect(reader.receive(bytes("AA AA AA 96 69 00 03 77 01 75")) == [bytes("AA AA AA 96 69 00 04 00 00 21 25")])
    }

    @Test func `the module tells its number`() {
        var reader = SDTResponder()
        let number = "AA AA AA 96 69 00 14 00 00 90 05 00 01 00 09 B8 32 01 05 BE 12 00 AD C5 B1 11 63"
        #expect(reader.receive(bytes("AA AA AA 96 69 00 03 12 FF EE")) == [bytes(number)])
    }

    @Test func `it misbehaves on order`() throws {
        var reader = SDTResponder()
        reader.place(try resident())
        reader.fault = .silent
        #expect(reader.receive(find) == [])
        reader.fault = .badChecksum
        #expect(reader.receive(find) == [cardFound.dropLast() + [0x97 ^ 0xFF]])
        reader.fault = .readFailed
        #expect(reader.receive(find + select + read) == [cardFound, selected, readFailed])
        reader.fault = nil
        #expect(reader.receive(find) == [cardFound])
    }

    @Test func `no bytes whatever stop it`() throws {
        var random = SeededGenerator(seed: 4)
        var reader = SDTResponder()
        for _ in 0..<2000 {
            // Mostly preambles, so that lengths and bodies are reached.
            var noise = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                UInt8.random(in: 0 ... .max, using: &random)
            }
            if Bool.random(using: &random) { noise = find.prefix(5) + noise }
            for reply in reader.receive(noise) { #expect(reply.count >= 11) }
        }
        // Longer than any request that can still be open.
        _ = reader.receive([UInt8](repeating: 0, count: 100))
        reader.place(try resident())
        #expect(reader.receive(find) == [cardFound])
    }
}
