import Credentials
import TestSupport
import Testing

struct Base45Tests {
    // RFC 9285, 4.3 and 4.4.
    @Test(arguments: [
        ("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0"), ("", ""),
    ])
    func `the examples of the standard are read and written`(plain: String, text: String) {
        #expect(Base45.encode(Array(plain.utf8)) == text)
        #expect(Base45.decode(text.utf8) == Array(plain.utf8))
    }

    // Single characters, values above 65535 and 255, and what is not in the alphabet.
    @Test(arguments: ["A", "AAAA", "GGW", ":::", "ZZ", "BB8:6", "bb8", "BB8\n", "B_8", "ＢＢ8", "BB8 "])
    func `other texts are refused`(text: String) {
        #expect(Base45.decode(text.utf8) == nil)
    }

    @Test func `the largest values are read`() {
        #expect(Base45.decode("FGW".utf8) == [0xFF, 0xFF])
        #expect(Base45.decode("U5".utf8) == [0xFF])
        #expect(Base45.decode("V5".utf8) == nil)
    }

    @Test func `all bytes survive, and each text is the only one of its bytes`() {
        var random = SeededGenerator(seed: 45)
        for round in 0..<4000 {
            let content = random.bytes(round % 40)
            let text = Base45.encode(content)
            #expect(text.utf8.count == content.count / 2 * 3 + content.count % 2 * 2)
            #expect(Base45.decode(text.utf8) == content)
            var other = Array(text.utf8)
            guard !other.isEmpty else { continue }
            other[Int.random(in: other.indices, using: &random)] = UInt8.random(in: 0x20...0x5A, using: &random)
            if let decoded = Base45.decode(other) { #expect(Array(Base45.encode(decoded).utf8) == other) }
        }
    }
}
