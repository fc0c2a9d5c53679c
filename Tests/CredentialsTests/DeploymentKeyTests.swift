import Credentials
import Crypto
import GateModel
import Testing

struct DeploymentKeyTests {
    static let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"
    static let noKeys: [(String, DeploymentKeyError)] = [
        ("", .wrongLength(digits: 0)),
        (String(hex.dropLast()), .wrongLength(digits: 63)),
        (hex + "00", .wrongLength(digits: 66)),
        ("0x" + hex, .notHexadecimal(position: 2)),
        ("00 " + hex, .notHexadecimal(position: 3)),
        (String(hex.dropLast()) + "ｆ", .notHexadecimal(position: 64)),
    ]

    // Computed with Python's hmac; a list made today must be readable for ever, so these never change.
    @Test func `tokens are those of the published construction`() throws {
        let key = try DeploymentKey(hex: Self.hex, epoch: 7)
        #expect(key.epoch == 7)
        #expect(
            key.subjectToken(of: .document(try parse("000000190001010017").get())).description == "57d055fb2cde03a3")
        #expect(
            key.subjectToken(of: .document(try parse("xxx 0000 000101 03").get())).description == "cea61f1b1426c8aa")
        #expect(key.householdToken(of: "H-1").description == "d10c9249aef196f4")
        #expect(key.keyCheck == 0x826f_5e08_941c_a9c8)
    }

    @Test func `a token is the first 64 bits of HMAC-SHA-256, big-endian`() throws {
        let key = try DeploymentKey(hex: Self.hex, epoch: 1)
        let code = Array(
            HMAC<SHA256>.authenticationCode(
                for: Array("90000019000101001X".utf8), using: SymmetricKey(data: Array(UInt8(0)..<32))))
        let token = key.subjectToken(of: .document(try parse("90000019000101001x").get()))
        #expect((0..<8).map { UInt8(truncatingIfNeeded: token.rawValue >> (56 - 8 * $0)) } == Array(code[..<8]))
    }

    @Test func `subject and household never share a token, nor do two keys`() throws {
        let key = try DeploymentKey(hex: Self.hex, epoch: 1)
        let other = try DeploymentKey(hex: String(Self.hex.reversed()), epoch: 1)
        let number = Credential.document(try parse("000000190001010017").get())
        #expect(key.subjectToken(of: number).rawValue != key.householdToken(of: number.canonical).rawValue)
        #expect(key.subjectToken(of: number) != other.subjectToken(of: number))
        #expect(key.keyCheck != other.keyCheck)
    }

    @Test func `a key is read from a file with a line end`() throws {
        #expect(
            try DeploymentKey(hex: " \(Self.hex)\r\n", epoch: 1).keyCheck
                == DeploymentKey(hex: Self.hex, epoch: 1).keyCheck)
    }

    @Test(arguments: noKeys)
    func `a text that is no key is refused with what is wrong`(text: String, error: DeploymentKeyError) {
        #expect(throws: error) { try DeploymentKey(hex: text, epoch: 1) }
        #expect(!error.description.isEmpty)
    }

    @Test func `a key never prints itself`() throws {
        let key = try DeploymentKey(hex: String(repeating: "5a", count: 32), epoch: 3)
        var text = "\(key) \(String(reflecting: key))"
        dump(key, to: &text)
        #expect(text.contains("epoch 3"))
        #expect(!text.lowercased().contains("5a5a"))
        #expect(!text.contains("90, 90"))
    }
}
