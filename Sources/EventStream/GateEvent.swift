public import GateModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A fact with what the clocks said when it happened.
public struct GateEvent: Hashable, Sendable, Codable {
    public var at: TimeStamp
    public var fact: Fact

    public init(at: TimeStamp, fact: Fact) {
        self.at = at
        self.fact = fact
    }

    /// The JSON text that is hashed, stored and sent: keys sorted, no white space. Once written it is never encoded again.
    public func body() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    public init(body: String) throws {
        self = try JSONDecoder().decode(GateEvent.self, from: Data(body.utf8))
    }
}
