import GateModel
import Lanes
import TestSupport
import Testing

@Suite struct PolicyTableTests {
    /// Case, exit, community gate, checkpoint: the table of the architecture paper, by its text forms.
    private static let paper: [(Standing, PolicyCase, String, String, String)] = [
        (PolicyInputs.isolation, .isolation, "admit, report", "admit, report", "refer, report"),
        (
            .exposure(.four, PolicyInputs.order(.exposure(.four))), .exposureHigh, "admit", "admit, advise",
            "refer, report"
        ),
        (
            .exposure(.three, PolicyInputs.order(.exposure(.three))), .exposureHigh, "admit", "admit, advise",
            "refer, report"
        ),
        (.exposure(.two, PolicyInputs.order(.exposure(.two))), .exposureLow, "admit", "admit", "admit, advise"),
        (.exposure(.one, PolicyInputs.order(.exposure(.one))), .exposureLow, "admit", "admit", "admit, advise"),
        (.unknown, .noList, "admit", "admit", "refer"),
        (.clear, .clear, "admit", "admit", "admit"),
    ]

    private func expect(
        _ input: PolicyInput, _ policyCase: PolicyCase, _ text: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let cell = try PolicyCell(parsing: text)
        let decision = PolicyTable.standard.decide(input)
        let wanted = Decision(
            outcome: cell.outcome, policyCase: policyCase, reports: cell.reports, advises: cell.advises,
            list: input.list)
        #expect(decision == wanted, sourceLocation: sourceLocation)
    }

    @Test func `the standard table decides as the architecture says`() throws {
        for (standing, policyCase, exit, community, checkpoint) in Self.paper {
            for site in Site.allCases { try expect(PolicyInputs.plain(.exit, site, standing), policyCase, exit) }
            try expect(PolicyInputs.plain(.entry, .communityGate, standing), policyCase, community)
            try expect(PolicyInputs.plain(.entry, .checkpoint, standing), policyCase, checkpoint)
        }
    }

    @Test func `a fever refers an entry and never an exit, and a normal temperature changes nothing`() throws {
        for (standing, policyCase, exit, _, _) in Self.paper {
            var input = PolicyInputs.plain(.entry, .communityGate, standing)
            input.temperature = .atOrAboveLimit
            try expect(input, .fever, "refer")
            input.site = .checkpoint
            try expect(input, .fever, "refer")
            input.direction = .exit
            try expect(input, standing == PolicyInputs.isolation ? .isolation : .fever, exit)
            input.temperature = .normal
            try expect(input, policyCase, exit)
        }
    }

    @Test func `the third unreadable presentation in a row is referred at an entry, and none at an exit`() throws {
        for reason in UnreadableReason.allCases {
            for (attempts, atEntry) in [(1, "retry"), (2, "retry"), (3, "refer"), (4, "refer"), (.max, "refer")] {
                var input = PolicyInputs.plain(.entry, .checkpoint, .clear)
                input.presented = .unreadable(reason)
                input.unreadableAttempts = attempts
                try expect(input, .unreadable, atEntry)
                input.site = .communityGate
                try expect(input, .unreadable, atEntry)
                input.direction = .exit
                try expect(input, .unreadable, "retry")
            }
        }
    }

    @Test func `principle 1: an exit is never refused`() {
        for input in PolicyInputs.all where input.direction == .exit {
            let decision = PolicyTable.standard.decide(input)
            #expect(decision.outcome.admits || !input.isReadable && decision.outcome == .retry, "\(input)")
        }
    }

    @Test func `principle 1: an isolated person who leaves is reported, even with a fever or an old list`() {
        for input in PolicyInputs.all where input.direction == .exit && input.isIsolated && input.mandateValid {
            let decision = PolicyTable.standard.decide(input)
            #expect(
                decision.outcome == .admitAndReport && decision.reports && decision.policyCase == .isolation, "\(input)"
            )
        }
    }

    @Test func `principle 7: without a mandate everybody is admitted and nobody is reported`() {
        for input in PolicyInputs.all where !input.mandateValid {
            let wanted = Decision(
                outcome: .admit, policyCase: .noMandate, reports: false, advises: false, list: input.list)
            #expect(PolicyTable.standard.decide(input) == wanted, "\(input)")
        }
    }

    @Test func `principle 9: whoever has no order is never reported`() {
        for input in PolicyInputs.all where !input.hasOrder {
            #expect(!PolicyTable.standard.decide(input).reports, "\(input)")
        }
    }

    @Test func `principle 10: an entry that cannot be read ends with a person`() {
        for input in PolicyInputs.all
        where !input.isReadable && input.mandateValid && input.direction == .entry && input.unreadableAttempts > 3 {
            #expect(PolicyTable.standard.decide(input).outcome == .refer, "\(input)")
        }
    }

    @Test func `principle 15: every decision carries its list, and an expired list refers at a checkpoint only`() throws
    {
        for input in PolicyInputs.all { #expect(PolicyTable.standard.decide(input).list == input.list) }
        for (direction, site, text) in [
            (Direction.entry, Site.checkpoint, "refer"), (.entry, .communityGate, "admit"),
            (.exit, .checkpoint, "admit"),
        ] {
            var input = PolicyInputs.plain(direction, site, .clear)
            input.freshness = .expired
            try expect(input, .clearOnExpiredList, text)
            input.freshness = .stale
            try expect(input, .clearOnStaleList, "admit")
        }
    }

    @Test func `whatever table is accepted, the principles hold`() {
        let kinds: [PolicyCell] = [
            .admit, .admitAndAdvise, .admitAndReport, .refer, .referAndReport, .retry, .retryThenRefer(after: 2),
        ]
        var random = SeededGenerator(seed: 1)
        var rows = PolicyTable.standard.rows
        var accepted: Set<PolicyTable> = []
        while accepted.count < 60 {
            var changed = rows
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let row = Int.random(in: changed.indices, using: &random)
                guard let cell = kinds.randomElement(using: &random) else { continue }
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed[row].exit = cell
                case 1: changed[row].communityEntry = cell
                default: changed[row].checkpointEntry = cell
                }
            }
            guard let table = try? PolicyTable(rows: changed) else { continue }
            rows = changed
            guard accepted.insert(table).inserted else { continue }
            let broken = PolicyInputs.all.first { input in
                let decision = table.decide(input)
                let exitHeld = input.direction == .exit && input.isReadable && !decision.outcome.admits
                let exitReferred = input.direction == .exit && decision.outcome == .refer
                let householdExitLost =
                    input.direction == .exit && input.isIsolated && input.mandateValid && !decision.reports
                let checked = !input.mandateValid && decision.outcome != .admit
                let named = !input.hasOrder && decision.reports
                let again = input.isReadable && decision.outcome == .retry
                let unlike = decision.reports != (decision.outcome == .admitAndReport) && decision.outcome != .refer
                return exitHeld || exitReferred || householdExitLost || checked || named || again || unlike
            }
            #expect(broken == nil, "\(rows)")
        }
    }
}
