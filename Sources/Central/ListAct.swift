public import GateModel

/// What made a version of the list, and who.
public struct ListAct: Hashable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case add, lift, `import`, approve
    }

    public var kind: Kind
    /// Who ordered it. A text of the operator's own, at most 100 characters.
    public var `operator`: String
    /// Why.
    public var because: String

    public init(_ kind: Kind, operator: String, because: String) {
        self.kind = kind
        self.operator = `operator`
        self.because = because
    }
}

extension ListAct {
    /// Who lifts or releases is named, and says why.
    static func checkNames(_ operator: String, _ because: String) throws(CentralError) {
        try checkName(`operator`)
        try checkName(because)
    }

    static func checkName(_ text: String) throws(CentralError) {
        guard text.contains(where: { !$0.isWhitespace }), text.count <= 100 else {
            throw .unusable(
                reason: "It needs the name of who orders it, and a reason where one is asked for: 1 to 100 characters.")
        }
    }
}

/// A release as the centre remembers it: the person is not named.
public struct IssuedRelease: Hashable, Sendable, Codable {
    public var id: String
    public var issued: WallTime
    public var expires: WallTime
    public var order: UInt64
    public var `operator`: String
    public var because: String
}

/// A version of the list as the centre remembers it: nobody on it is named.
public struct ListVersion: Hashable, Sendable, Codable {
    public var version: UInt64
    public var created: WallTime
    /// Whether two people signed for the whole of it.
    public var isBase: Bool
    public var act: ListAct
    /// How many orders were put on the list or changed.
    public var upserts: Int
    /// How many were lifted.
    public var removals: Int
}
