import Control
import GateModel
import Testing

@Suite struct DiagnosisTests {
    /// The only finding that is not ok.
    private func trouble(_ evidence: Evidence) throws -> Finding {
        let found = Diagnosis.findings(evidence).filter { $0.verdict != .ok }
        try #require(found.count == 1, "\(found)")
        return found[0]
    }

    private func expect(
        _ evidence: Evidence, _ check: String, _ verdict: Finding.Verdict, says: String, remedy: String,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let finding = try trouble(evidence)
        #expect(finding.check == check, sourceLocation: location)
        #expect(finding.verdict == verdict, sourceLocation: location)
        #expect(finding.found.contains(says), "\(finding.found)", sourceLocation: location)
        #expect(finding.remedy?.contains(remedy) == true, "\(finding.remedy ?? "none")", sourceLocation: location)
    }

    @Test func `a healthy gate has every check, all of them ok and without remedies`() {
        let findings = Diagnosis.findings(Healthy.evidence)
        #expect(
            findings.map(\.check) == [
                "config", "device card-in", "clock", "disk", "daemon", "mandate", "list", "reader card-in",
                "lane front-door",
                "ledger", "uplink",
            ])
        for finding in findings {
            #expect(finding.verdict == .ok, "\(finding)")
            #expect(finding.remedy == nil)
            #expect(!finding.found.isEmpty)
        }
    }

    @Test func `a key that is none is a fault, and one that others may read a warning`() throws {
        var evidence = Healthy.evidence
        evidence.secrets = [Evidence.Secret(path: "/k", trouble: nil, exposure: nil)]
        #expect(Diagnosis.findings(evidence).allSatisfy { $0.verdict == .ok })
        evidence.secrets[0].exposure = "everybody on this machine may read it"
        try expect(evidence, "key file", .warning, says: "/k: everybody", remedy: "chmod g-w,o-rwx /k")
        evidence.secrets[0].trouble = "/k does not hold a key"
        try expect(evidence, "key file", .fault, says: "/k does not hold a key", remedy: "copy it again")
    }

    @Test func `mistakes in the configuration: the first is told and the others counted`() throws {
        var evidence = Healthy.evidence
        evidence.configurationProblems = ["gate.yaml:3: no", "gate.yaml:9: no", "gate.yaml:11: no"]
        try expect(evidence, "config", .fault, says: "gate.yaml:3: no (and 2 more)", remedy: "config check")
    }

    @Test func `a device that may not be opened and one that is not there have different remedies`() throws {
        var evidence = Healthy.evidence
        evidence.devices[0].trouble = "permission denied"
        try expect(
            evidence, "device card-in", .fault, says: "/dev/serial/by-id/one: permission denied", remedy: "group")
        evidence.devices[0].trouble = "no such file or directory"
        try expect(evidence, "device card-in", .fault, says: "no such file", remedy: "cable and power")
    }

    @Test func `a clock that is not synchronised is a warning, one that is years behind a fault`() throws {
        var evidence = Healthy.evidence
        evidence.clockSynchronised = false
        try expect(evidence, "clock", .warning, says: "not synchronised", remedy: "timedatectl")
        evidence.now = WallTime(secondsSince1970: 0)
        try expect(evidence, "clock", .fault, says: "years behind", remedy: "battery")
    }

    @Test func `a disk that fills up is a warning, then a fault; one that cannot be looked at is a fault`() throws {
        var evidence = Healthy.evidence
        evidence.freeBytes = Diagnosis.scarceBytes
        #expect(Diagnosis.findings(evidence).allSatisfy { $0.verdict == .ok })
        evidence.freeBytes = Diagnosis.scarceBytes - 1
        try expect(evidence, "disk", .warning, says: "199 MiB free in /var/lib/gatehouse", remedy: "free some space")
        evidence.freeBytes = Diagnosis.exhaustedBytes - 1
        try expect(evidence, "disk", .fault, says: "19 MiB", remedy: "at once")
        evidence.freeBytes = nil
        try expect(evidence, "disk", .fault, says: "/var/lib/gatehouse cannot be looked at", remedy: "state-directory")
    }

    @Test func `a daemon that does not answer is a fault, and what only it knows is not guessed`() throws {
        var evidence = Healthy.evidence
        evidence.status = .failure(ControlFailure("nobody listens at the socket"))
        try expect(evidence, "daemon", .fault, says: "nobody listens", remedy: "systemctl")
        #expect(Diagnosis.findings(evidence).map(\.check) == ["config", "device card-in", "clock", "disk", "daemon"])
    }

    @Test func `principle 7: no mandate is a warning, and then no list is right`() throws {
        try expect(
            Healthy.evidence {
                $0.mandate = MandateStatus(valid: false, reference: nil, until: nil)
                $0.list = ListStatus(version: 0, orders: 0, ageSeconds: nil, freshness: .none, lastRefusal: nil)
            }, "mandate", .warning, says: "nobody is checked", remedy: "authority")
    }

    @Test func `principle 15: a list that ages is a warning, an expired one or none a fault`() throws {
        try expect(
            Healthy.evidence {
                $0.list.freshness = .stale; $0.list.ageSeconds = 7 * 3600
            },
            "list", .warning, says: "list 12 is stale: 7 h old", remedy: "network")
        try expect(
            Healthy.evidence {
                $0.list.freshness = .expired; $0.list.ageSeconds = 3 * 86_400
            },
            "list", .fault, says: "expired: 3 d old", remedy: "network")
        try expect(
            Healthy.evidence {
                $0.list = ListStatus(version: 0, orders: 0, ageSeconds: nil, freshness: .none, lastRefusal: nil)
            },
            "list", .fault, says: "there is no list", remedy: "network")
    }

    @Test func `signatures that end soon are told while somebody can still renew them`() throws {
        func ends(in days: Int64) -> Evidence {
            Healthy.evidence {
                $0.list.signaturesEnd = SignaturesEnd(role: "root", at: $0.at.wall.advanced(bySeconds: days * 86_400))
            }
        }
        let good = Diagnosis.findings(ends(in: 8)).first { $0.check == "signatures" }
        #expect(good?.verdict == .ok && good?.found == "signed for 8 d more")
        var offline = ends(in: 7)
        if case .success(var status) = offline.status {
            status.list.ageSeconds = 86_400
            offline.status = .success(status)
        }
        #expect(
            !Diagnosis.findings(offline).contains { $0.check == "signatures" }, "the publisher has signed anew since")
        try expect(ends(in: 7), "signatures", .warning, says: "role 'root' ends in 7 d", remedy: "operator")
        try expect(ends(in: -1), "signatures", .warning, says: "takes no newer list", remedy: "operator")
    }

    @Test func `an offer that was refused is told with its reason`() throws {
        try expect(
            Healthy.evidence { $0.list.lastRefusal = "the signature does not match" },
            "list", .warning, says: "refused: the signature does not match", remedy: "the old list stays in force")
    }

    @Test(arguments: [
        (ReaderState.degraded, Finding.Verdict.warning, "kind and rate"), (.absent, .fault, "plug it in"),
        (.failed, .fault, "fuser -v /dev/serial/by-id/one"),
    ])
    func `a reader that does not work is told with its reason`(
        state: ReaderState, verdict: Finding.Verdict, remedy: String
    ) throws {
        try expect(
            Healthy.evidence {
                $0.readers[0].state = state; $0.readers[0].reason = "because"
            },
            "reader card-in", verdict, says: "\(state.rawValue): because", remedy: remedy)
    }

    @Test func `a reader that is just being opened is no trouble`() {
        let findings = Diagnosis.findings(Healthy.evidence { $0.readers[0].state = .opening })
        #expect(findings.allSatisfy { $0.verdict == .ok })
    }

    @Test func `a lane without its lines, released by fire, or in alarm is told`() throws {
        try expect(
            Healthy.evidence { $0.lanes[0].fault = "there is no GPIO chip" },
            "lane front-door", .fault, says: "there is no GPIO chip", remedy: "gpioinfo")
        try expect(
            Healthy.evidence { $0.lanes[0].fire = "latched" },
            "lane front-door", .warning, says: "fire input (latched)", remedy: "lane reset front-door --operator")
        try expect(
            Healthy.evidence {
                $0.lanes[0].alarm = "held-open"; $0.lanes[0].contact = "open"
            },
            "lane front-door", .warning, says: "alarm held-open, door open", remedy: "wedged")
    }

    @Test func `principle 14: a damaged ledger that was set aside is not forgotten`() throws {
        try expect(
            Healthy.evidence { $0.ledger.setAside = ["/var/lib/gatehouse/ledger.sqlite.corrupt-1"] },
            "ledger", .warning, says: "ledger.sqlite.corrupt-1", remedy: "then remove it")
    }

    @Test func `a ledger that cannot be written is a fault and says how much waits`() throws {
        try expect(
            Healthy.evidence {
                $0.ledger.fault = "there is no space left"; $0.ledger.waiting = 17
            },
            "ledger", .fault, says: "no space left; 17 events wait in memory", remedy: "free disk space")
    }

    @Test func `principle 4: a lost link is a warning and says that nothing is lost`() throws {
        try expect(
            Healthy.evidence {
                $0.uplink.reachable = false; $0.uplink.lastError = "connection refused"
            },
            "uplink", .warning, says: "connection refused; last answer 4 s ago", remedy: "nothing is lost")
        try expect(
            Healthy.evidence {
                $0.uplink = UplinkStatus(url: "u", reachable: false, lastSuccessSecondsAgo: nil, lastError: nil)
            },
            "uplink", .warning, says: "not tried yet; no answer since the start", remedy: "curl u/v1/health")
    }

    @Test func `a gate that takes placeholder documents is warned of`() throws {
        try expect(
            Healthy.evidence { $0.acceptsPlaceholders = true }, "documents", .warning, says: "placeholder",
            remedy: "accept-placeholders")
    }
}
