import Testing
import TrustedFiles

/// Section 4.5 of the TUF specification, and TAP 15.
@Suite struct DelegationTests {
    @Test(arguments: [
        ("a.txt", "*.txt", true), ("a/b.txt", "*.txt", false), ("a/b.txt", "*/*.txt", true), ("a/b", "a/?", true),
        ("a/bc", "a/?", false), ("", "", true), ("", "*", true), ("a", "", false), ("a/b", "a/b", true),
        ("a/b", "a", false), (".x", "*", true), ("abc", "a*c", true), ("abcbd", "a*b*d", true), ("ab", "a*b*", true),
        ("b", "[abc]", true), ("d", "[abc]", false), ("d", "[!abc]", true), ("b", "[!a-c]", false),
        ("q", "[a-z]", true), ("Q", "[a-z]", false), ("]", "[]]", true), ("-", "[a-]", true), ("[", "[", true),
        ("[a", "[a", true), ("x", "[z-a]", false), ("^", "[^a]", true), ("a", "[^a]", true), ("*", "[*]", true),
        ("b", "[*]", false), ("\\a", "\\?", true), ("é", "?", true), ("A", "a", false), ("foo/", "foo/*", true),
        ("a", "**", true), ("a/b", "**", false),
    ])
    func `4.5 shell patterns match name by name`(path: String, pattern: String, expected: Bool) {
        #expect(PathPattern.matches(path, pattern) == expected)
    }

    @Test func `a malicious pattern costs little`() {
        let path = String(repeating: "a", count: 2_000)
        #expect(!PathPattern.matches(path, String(repeating: "*a", count: 500) + "b"))
    }

    /// The names that python-tuf 7.0.1 gives.
    @Test(arguments: [
        ("a", 1, "bin-1"), ("a", 3, "bin-6"), ("a", 4, "bin-c"), ("a", 5, "bin-19"), ("a", 8, "bin-ca"),
        ("a", 13, "bin-1952"), ("a", 31, "bin-654bc089"), ("a", 32, "bin-ca978112"), ("path/to/file", 1, "bin-1"),
        ("path/to/file", 3, "bin-6"), ("path/to/file", 4, "bin-c"), ("path/to/file", 5, "bin-18"),
        ("path/to/file", 8, "bin-c1"), ("path/to/file", 13, "bin-1821"), ("path/to/file", 31, "bin-60871254"),
        ("path/to/file", 32, "bin-c10e24a8"), ("é", 1, "bin-0"), ("é", 3, "bin-2"), ("é", 4, "bin-4"),
        ("é", 5, "bin-09"), ("é", 8, "bin-4a"), ("é", 13, "bin-0953"), ("é", 31, "bin-254caabf"),
        ("é", 32, "bin-4a99557e"), ("", 1, "bin-1"), ("", 3, "bin-7"), ("", 4, "bin-e"), ("", 5, "bin-1c"),
        ("", 8, "bin-e3"), ("", 13, "bin-1c76"), ("", 31, "bin-71d86221"), ("", 32, "bin-e3b0c442"),
    ])
    func `TAP 15 a bin is chosen by the first bits of the path's digest`(
        path: String, bits: Int, name: String
    ) throws {
        let bins = try #require(SuccinctRoles(signers: RoleKeys(keyids: []), bitLength: bits, namePrefix: "bin"))
        #expect(bins.name(for: path) == name)
        #expect(bins.contains(name))
    }

    @Test func `TAP 15 names outside the bins are none of them`() throws {
        let bins = try #require(SuccinctRoles(signers: RoleKeys(keyids: []), bitLength: 5, namePrefix: "bin"))
        for name in ["bin-20", "bin-1", "bin-001", "bin-1F", "bin-+1", "bon-00", "bin", "bin-", ""] {
            #expect(!bins.contains(name), "\(name)")
        }
        #expect(bins.contains("bin-1f"))
        #expect(SuccinctRoles(signers: RoleKeys(keyids: []), bitLength: 33, namePrefix: "") == nil)
        #expect(SuccinctRoles(signers: RoleKeys(keyids: []), bitLength: 0, namePrefix: "") == nil)
    }

    @Test func `4.5 a delegation without paths, with both kinds, or to a top-level role is refused`() throws {
        for (was, now) in [
            (#""paths":["*"],"#, ""), (#""paths":["*"]"#, #""paths":["*"],"path_hash_prefixes":["0"]"#),
            (#""name":"a""#, #""name":"root""#), (#""name":"a""#, #""name":"""#), (#""roles":"#, #""rules":"#),
        ] {
            var repository = SampleRepository()
            repository.delegate(to: "a")
            let text = String(decoding: try repository.file("targets"), as: UTF8.self)
            #expect(text.contains(was))
            #expect(throws: MetadataError.self) {
                try SignedMetadata<TargetsMetadata>(Array(text.replacing(was, with: now).utf8), file: "targets.json")
            }
        }
    }
}
