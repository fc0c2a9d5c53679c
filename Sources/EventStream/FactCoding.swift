/// The `type` words of ``Fact`` in JSON. They are part of the wire format: never rename one.
enum FactType: String, Codable {
    case crossingDecided = "crossing.decided"
    case crossingReleased = "crossing.released"
    case crossingPassed = "crossing.passed"
    case crossingNotPassed = "crossing.not-passed"
    case crossingUnobserved = "crossing.unobserved"
    case crossingInterrupted = "crossing.interrupted"
    case counted = "counted"
    case laneChanged = "lane.changed"
    case overridden = "overridden"
    case accessPointFailing = "access-point.failing"
    case readerChanged = "reader.changed"
    case listInstalled = "list.installed"
    case listRefused = "list.refused"
    case mandateEnded = "mandate.ended"
    case releaseHonoured = "release.honoured"
    case releaseRefused = "release.refused"
    case gateStarted = "gate.started"
    case gateStopped = "gate.stopped"
    case streamForked = "stream.forked"
    case eventsLost = "events.lost"
}

extension Fact: Codable {
    private enum CodingKeys: String, CodingKey { case type }

    private var typed: (FactType, any Encodable) {
        switch self {
        case .crossingDecided(let payload): (.crossingDecided, payload)
        case .crossingReleased(let payload): (.crossingReleased, payload)
        case .crossingPassed(let payload): (.crossingPassed, payload)
        case .crossingNotPassed(let payload): (.crossingNotPassed, payload)
        case .crossingUnobserved(let payload): (.crossingUnobserved, payload)
        case .crossingInterrupted(let payload): (.crossingInterrupted, payload)
        case .counted(let payload): (.counted, payload)
        case .laneChanged(let payload): (.laneChanged, payload)
        case .overridden(let payload): (.overridden, payload)
        case .accessPointFailing(let payload): (.accessPointFailing, payload)
        case .readerChanged(let payload): (.readerChanged, payload)
        case .listInstalled(let payload): (.listInstalled, payload)
        case .listRefused(let payload): (.listRefused, payload)
        case .mandateEnded(let payload): (.mandateEnded, payload)
        case .releaseHonoured(let payload): (.releaseHonoured, payload)
        case .releaseRefused(let payload): (.releaseRefused, payload)
        case .gateStarted(let payload): (.gateStarted, payload)
        case .gateStopped(let payload): (.gateStopped, payload)
        case .streamForked(let payload): (.streamForked, payload)
        case .eventsLost(let payload): (.eventsLost, payload)
        }
    }

    /// The `type` word of the fact, as in JSON and in tables.
    public var typeName: String { typed.0.rawValue }

    public func encode(to encoder: any Encoder) throws {
        let (type, payload) = typed
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try payload.encode(to: encoder)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(FactType.self, forKey: .type) {
        case .crossingDecided: self = .crossingDecided(try .init(from: decoder))
        case .crossingReleased: self = .crossingReleased(try .init(from: decoder))
        case .crossingPassed: self = .crossingPassed(try .init(from: decoder))
        case .crossingNotPassed: self = .crossingNotPassed(try .init(from: decoder))
        case .crossingUnobserved: self = .crossingUnobserved(try .init(from: decoder))
        case .crossingInterrupted: self = .crossingInterrupted(try .init(from: decoder))
        case .counted: self = .counted(try .init(from: decoder))
        case .laneChanged: self = .laneChanged(try .init(from: decoder))
        case .overridden: self = .overridden(try .init(from: decoder))
        case .accessPointFailing: self = .accessPointFailing(try .init(from: decoder))
        case .readerChanged: self = .readerChanged(try .init(from: decoder))
        case .listInstalled: self = .listInstalled(try .init(from: decoder))
        case .listRefused: self = .listRefused(try .init(from: decoder))
        case .mandateEnded: self = .mandateEnded(try .init(from: decoder))
        case .releaseHonoured: self = .releaseHonoured(try .init(from: decoder))
        case .releaseRefused: self = .releaseRefused(try .init(from: decoder))
        case .gateStarted: self = .gateStarted(try .init(from: decoder))
        case .gateStopped: self = .gateStopped(try .init(from: decoder))
        case .streamForked: self = .streamForked(try .init(from: decoder))
        case .eventsLost: self = .eventsLost(try .init(from: decoder))
        }
    }
}
