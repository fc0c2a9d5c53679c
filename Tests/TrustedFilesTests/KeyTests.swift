import Testing
import TrustedFiles

@Suite struct KeyTests {
    /// RFC 8032, section 7.1, test 1.
    private let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    private let publicText = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

    @Test func `a seed gives its public key, and both survive their text form`() throws {
        let key = try #require(PublisherKey(secretText: " \(seed)\n"))
        #expect(key.secretText == seed)
        #expect(key.trusted.text == publicText)
        #expect(TrustedKey(text: publicText.uppercased() + "\n") == key.trusted)
        #expect(key.trusted.keyid == "21fe31dfa154a261")
    }

    @Test(arguments: ["", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 65)])
    func `other texts are no keys`(text: String) {
        #expect(PublisherKey(secretText: text) == nil)
        #expect(TrustedKey(text: text) == nil)
    }

    @Test func `printing a private key tells nothing`() throws {
        let key = try #require(PublisherKey(secretText: seed))
        var dumped = ""
        dump(key, to: &dumped)
        for text in [
            "\(key)", String(describing: key), String(reflecting: key), String(describing: Optional(key)), dumped,
        ] {
            #expect(!text.contains(seed))
            #expect(text.contains(key.trusted.keyid))
        }
    }
}
