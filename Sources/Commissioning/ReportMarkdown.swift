import GateModel

extension CommissioningReport {
    /// The report for people.
    ///
    /// - Parameters:
    ///   - file: the name of the signed file.
    ///   - digest: SHA-256 of that file.
    ///   - keyid: of the key that signed it.
    public func markdown(file: String, digest: String, keyid: String) -> String {
        let head = [
            ["gate", gate], ["software", softwareVersion], ["commissioned", "\(text(began)) to \(text(ended))"],
            ["by", operatorName], ["configuration", "SHA-256 `\(configurationDigest)`"],
            [
                "steps",
                "\(count(.passed)) passed, \(count(.failed)) failed, \(count(.skipped)) skipped, \(missing.count) not done",
            ],
            ["signed file", "`\(file)`, SHA-256 `\(digest)`"], ["key of the gate", "`\(key)` (id `\(keyid)`)"],
        ]
        var sections = ["# Commissioning report of \(escaped(gate))", table(["", ""], head)]
        if let open = open { sections.append("## What is open\n\n" + open) }
        for lane in lanes {
            sections.append("## Lane \(escaped(lane.lane.rawValue)) (\(escaped(lane.kind)))")
            sections.append(table(of: steps.filter { $0.lane == lane.lane }))
            if !lane.untried.isEmpty { sections.append("Not tried: \(lane.untried.joined(separator: ", ")).") }
        }
        sections.append("## The whole gate")
        sections.append(table(of: steps.filter { $0.lane == nil }))
        sections += [standards, withoutDaemonAndPower, Self.signature]
        return sections.joined(separator: "\n\n") + "\n"
    }

    private var open: String? {
        let lines =
            steps.filter { $0.outcome != .passed }.map {
                "- `\($0.step)` \($0.outcome.rawValue): \(escaped($0.reason ?? "no reason is known"))"
            } + missing.map { "- `\($0)` not done" }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private func table(of steps: [StepResult]) -> String {
        let rows = steps.flatMap { step in
            var rows = step.measures.map { measure in
                [
                    "", "\(measure.what): \(measure.words)", measure.required ?? "",
                    measure.verdict.map { $0 == .ok ? "ok" : "**not ok**" } ?? "",
                ]
            }
            switch step.outcome {
            case .passed: break
            case .failed where step.measures.contains { $0.verdict == .notOK }: break
            case .failed: rows.append(["", "failed: \(step.reason ?? "")", "", "**failed**"])
            case .skipped: rows.append(["", "skipped: \(step.reason ?? "")", "", "skipped"])
            }
            if rows.isEmpty { rows.append(["", "", "", ""]) }
            rows[0][0] = step.title + (step.attempts > 1 ? " (\(step.attempts) attempts)" : "")
            return rows
        }
        return rows.isEmpty ? "Nothing was tried." : table(["step", "measured", "required", "verdict"], rows)
    }

    private var standards: String {
        let rows = Comparison.all(steps).map {
            [$0.standard, $0.what, $0.required, $0.measured, $0.verdict.map { $0 == .ok ? "ok" : "**not ok**" } ?? ""]
        }
        return """
            ## Beside the standards

            \(table(["standard", "figure", "required", "worst of the last attempts", "verdict"], rows))

            Read to actuation ends where the output is driven; how long the lock itself takes is not in it. For
            IEC 60839-11-1 no figures are given here: what was measured stands above, without a verdict by that standard.
            """
    }

    /// Principle 3, for this gate.
    private var withoutDaemonAndPower: String {
        func seen(_ step: StepResult?, _ fits: (String) -> Bool) -> String {
            step?.measures.first { fits($0.what) }?.seen ?? "not seen"
        }
        let power = steps.first { $0.step == GatePlan.powerLossID }
        let rows = lanes.map { lane in
            let kill = steps.first { $0.step == "\(lane.lane).kill" }
            return [
                lane.lane.rawValue, seen(kill) { $0 == "killed while" },
                seen(kill) { $0.hasSuffix("without the daemon") },
                seen(power) { $0.hasPrefix("\(lane.lane): ") && $0.hasSuffix("without power") },
            ]
        }
        return """
            ## Without the daemon and without power

            \(table(["lane", "when it was killed", "without the daemon", "without power"], rows))

            Not driven is to be safe. *Released* lets everybody through, out and in, until the daemon or the power is back:
            somebody has to watch the lane. *Locked* keeps the way in shut: the way out must then be one that needs no
            daemon and no power, such as a handle. *Unchanged* is a board that keeps its last level: whoever finds the lane
            released finds it so until the daemon is back, and locked likewise; a relay that falls back is better.
            """
    }

    private static let signature = """
        ## What the signature says

        The file named above is signed with a key that was made on this gate and is kept there. `gatehouse commission
        --verify` shows that nobody without that key has altered the file since, and with `--key` that it is from the gate
        that has it. It does not show that what stands in it is true: what moved was seen and said by the person named
        above, and whoever is root on the gate can sign anything.
        """

    // MARK: Form

    private func table(_ heading: [String], _ rows: [[String]]) -> String {
        let rule = heading.map { _ in "---" }
        return ([heading, rule] + rows.map { $0.map(escaped) }).map { "| " + $0.joined(separator: " | ") + " |" }
            .joined(separator: "\n")
    }

    /// No text begins a cell, a tag or an element of its own.
    private func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "|", "<", "[", "]", "\\": result += "\\\(character)"
            case let other where other.isNewline: result += " "
            default: result.append(character)
            }
        }
    }

    /// `2026-11-25 23:14 UTC`.
    private func text(_ time: WallTime) -> String {
        let minute = ((time.secondsSince1970 % 86_400 + 86_400) % 86_400) / 60
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return "\(CalendarDate(time)) \(two(minute / 60)):\(two(minute % 60)) UTC"
    }
}
