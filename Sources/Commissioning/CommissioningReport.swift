import FoundationEssentials
public import GateModel
public import TrustedFiles

/// What a commissioning found, to be signed.
public struct CommissioningReport: Sendable, Codable, Hashable {
    public static let payloadType = "application/vnd.gatehouse.commissioning.v1+json"

    /// A lane, and what there was not to try at it.
    public struct Lane: Sendable, Codable, Hashable {
        public var lane: LaneID
        public var kind: String
        public var untried: [String]
    }

    public var gate: String
    public var softwareVersion: String
    /// SHA-256 of the configuration file, in hexadecimal digits.
    public var configurationDigest: String
    public var operatorName: String
    public var began: WallTime
    /// When the last step was over.
    public var ended: WallTime
    public var lanes: [Lane]
    /// In the order in which they are tried.
    public var steps: [StepResult]
    /// The steps without a result.
    public var missing: [String]
    /// The public half of the key that signs, 64 hexadecimal digits.
    public var key: String

    public init(plan: GatePlan, session: CommissioningSession, softwareVersion: String, key: TrustedKey) {
        let all = plan.steps(powerWasCut: nil)
        gate = session.gate
        self.softwareVersion = softwareVersion
        configurationDigest = session.configurationDigest
        operatorName = session.operatorName
        began = session.began
        ended = session.results.map(\.at).max() ?? session.began
        lanes = plan.lanes.map {
            Lane(lane: $0.lane, kind: $0.kind, untried: $0.untried(hasFireInput: plan.hasFireInput))
        }
        steps = all.compactMap { session.result(of: $0.id) }
        missing = all.map(\.id).filter { session.result(of: $0) == nil }
        self.key = key.text
    }

    /// How many steps ended in a way.
    public func count(_ outcome: StepResult.Outcome) -> Int { steps.count { $0.outcome == outcome } }

    /// The largest signed file: a lane takes some 4 KiB, and a gate has some hundred at the most.
    public static let largestByteCount = 1 << 20

    /// The signed file.
    public func sealed(with key: PublisherKey) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let payload = Array(try encoder.encode(self))
        let file = try SignedEnvelope(signing: payload, as: Self.payloadType, with: key).json()
        guard file.count <= Self.largestByteCount else { throw ReportError.tooLarge(file.count) }
        return file
    }

    /// Reads a signed file.
    ///
    /// - Parameter trusted: the key of the gate, known beforehand. `nil`: the key that the report itself names, and then
    ///   the signature says only that nobody without that key has altered the file.
    public static func open(_ file: [UInt8], trusted: TrustedKey?) throws(ReportError) -> CommissioningReport {
        let envelope: SignedEnvelope
        do throws(TrustError) {
            envelope = try SignedEnvelope(json: file, atMost: largestByteCount)
        } catch {
            if case .tooLarge(let count, _) = error { throw .tooLarge(count) }
            throw .notAReport
        }
        guard envelope.payloadType == payloadType,
            let report = try? JSONDecoder().decode(CommissioningReport.self, from: Data(envelope.payload)),
            let named = TrustedKey(text: report.key)
        else { throw .notAReport }
        let key = trusted ?? named
        do throws(TrustError) {
            _ = try envelope.open(as: payloadType, trusted: key)
        } catch {
            switch error {
            case .wrongKey(let expected, let found): throw .foreignKey(expected: expected, found: found)
            default: throw .altered(keyid: key.keyid)
            }
        }
        // What is shown on a terminal may not speak to it.
        guard [report.gate, report.operatorName].allSatisfy({ PlainText.trouble($0, atMost: 100) == nil }) else {
            throw .notAReport
        }
        return report
    }
}

/// Why a report cannot be taken.
public enum ReportError: Error, Hashable, Sendable, CustomStringConvertible {
    case notAReport
    case foreignKey(expected: String, found: String)
    case altered(keyid: String)
    case tooLarge(Int)

    public var description: String {
        switch self {
        case .notAReport:
            "this is no signed commissioning report; name the .json file that 'gatehouse commission' wrote"
        case .foreignKey(let expected, let found):
            "the report is signed with key \(found), and not with \(expected): it is not from that gate, or the gate's "
                + "key was made anew"
        case .altered(let keyid):
            "the signature of key \(keyid) does not match: the report was altered, do not rely on it"
        case .tooLarge(let count):
            "the signed report has \(count) bytes, and at most \(CommissioningReport.largestByteCount) are read; give shorter "
                + "reasons"
        }
    }
}
