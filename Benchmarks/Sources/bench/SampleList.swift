import Credentials
import FoundationEssentials
import GateModel
import Orders
import TrustedFiles

/// A signed list like that of a large city, and some people who are or are not on it. All of them are placeholders.
struct SampleList {
    static let deployment = "benchmark"

    let book: [UInt8]
    /// Document numbers of people who are not on the list.
    let clear: [String]
    /// Document numbers of people with an exposure notice of tier 1: admitted and counted at a community gate.
    let exposed: [String]
    /// Document numbers of people in isolation.
    let isolated: [String]
    let keyText: String

    private let publisher = PublisherKey()
    private let created: Int64

    init(orders count: Int) throws {
        var random = SeededGenerator(state: 20_200_123)
        keyText = (0..<4).map { _ in SubjectToken(rawValue: random.next()).description }.joined()
        let key = try DeploymentKey(hex: keyText, epoch: 1)
        created = Int64(Date().timeIntervalSince1970)
        let created = WallTime(secondsSince1970: created)
        let people = (0..<600).map(Self.placeholder)
        clear = Array(people[..<400])
        exposed = Array(people[400..<500])
        isolated = Array(people[500...])

        // Tokens are as good as random, so random ones make the same list.
        var orders = try OrderSample(count: count, created: created).all()
        let rules = DocumentNumber.Rules(acceptPlaceholders: true)
        for (place, number) in (exposed + isolated).enumerated() {
            orders[place].0 = key.subjectToken(of: try Credential(number, today: nil, rules: rules))
            orders[place].1.kind = place < exposed.count ? .exposure(.one) : .isolation
        }
        book = try OrderBookBuilder(listVersion: 1, created: created, keyEpoch: 1, keyCheck: key.keyCheck).build(orders)
    }

    /// Writes the signed files as `ListStore` keeps them, and the two keys.
    func install(in folder: String) throws {
        let mandate = try Mandate(
            reference: "B-1", legalBasis: "benchmark", area: "nowhere", from: WallTime(secondsSince1970: created - 60),
            until: WallTime(secondsSince1970: created + 86_400)
        ).json()
        let files = "\(folder)/state/files"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        func store(_ name: String, _ content: [UInt8]) throws -> NamedFile {
            let file = NamedFile(name: name, content: content)
            try write(content, to: "\(files)/\(file.sha256.prefix(16))-\(name.replacing("/", with: "%2F"))")
            return file
        }
        let record = Record(
            base: try store(OrderFileName.book(1).text, book), deltas: [],
            mandate: try store(Mandate.targetName, mandate))
        try write(Array(JSONEncoder().encode(record)), to: "\(files)/list.json")
        try write(Array(publisher.trusted.text.utf8), to: "\(folder)/publisher.pub")
        try write(Array(keyText.utf8), to: "\(folder)/deployment.key")
    }

    /// As `ListStore` writes it.
    private struct Record: Encodable {
        var base: NamedFile
        var deltas: [NamedFile]
        var mandate: NamedFile
    }

    /// A citizen number of region 000000, which nobody has.
    private static func placeholder(_ index: Int) -> String {
        let sequence = String(1000 + index % 1000).dropFirst()
        let digits = "00000019\(10 + index / 1000)0101\(sequence)"
        let sum = digits.utf8.reduce(0) { ($0 + Int($1 & 15)) * 2 % 11 }
        let check = (12 - sum) % 11
        return digits + (check == 10 ? "X" : "\(check)")
    }
}

/// Splitmix64: quick, and the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func write(_ bytes: [UInt8], to path: String) throws {
    do {
        try Data(bytes).write(to: URL(filePath: path))
    } catch {
        throw Trouble("\(path) cannot be written: \(error)")
    }
}
