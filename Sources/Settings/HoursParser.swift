import GateModel
import Glibc
import Lanes

/// What lanes do at which hours, and in which time zone.
extension SettingsParser {
    func timeZone(_ reader: StrictReader) -> String? {
        guard let name = reader.string() else { return nil }
        let isName = !name.isEmpty && !name.hasPrefix("/") && !name.contains("..") && !name.utf8.contains(0)
        guard isName, unsafe access("/usr/share/zoneinfo/\(name)", R_OK) == 0 else {
            reader.problem(
                "this machine knows no time zone '\(name)'; expected one such as Asia/Shanghai ('timedatectl "
                    + "list-timezones' shows them; Debian's package tzdata brings them)")
            return nil
        }
        return name
    }

    func hours(_ reader: StrictReader) -> LaneSchedule? {
        guard let map = reader.mapping(["unlocked", "entry-locked", "attended"]) else { return nil }
        let schedule = LaneSchedule(
            unlocked: map.optional("unlocked", []) { weekHours($0) },
            entryLocked: map.optional("entry-locked", []) { weekHours($0) },
            attended: map.optional("attended") { weekHours($0) })
        if let time = schedule.contradiction {
            reader.problem(
                "on \(time) the lane would be unlocked and entry-locked; choose one")
            return nil
        }
        return schedule
    }

    private func weekHours(_ reader: StrictReader) -> [WeekHours]? {
        reader.sequence()?.compactMap { entry in
            guard let map = entry.mapping(["days", "from", "to"]) else { return nil }
            let days = map.optional("days", LocalTime.Weekday.allCases) { $0.sequence()?.compactMap { weekday($0) } }
            let from = map.required("from") { minute($0) }
            let to = map.required("to") { minute($0) }
            guard let from, let to else { return nil }
            return WeekHours(days: Set(days), from: from, to: to)
        }
    }

    private func weekday(_ reader: StrictReader) -> LocalTime.Weekday? {
        guard let word = reader.string() else { return nil }
        let day = LocalTime.Weekday.allCases.first { "\($0)" == word }
        if day == nil {
            reader.problem(
                "expected one of \(LocalTime.Weekday.allCases.map { "\($0)" }.joined(separator: ", ")); found '\(word)'"
            )
        }
        return day
    }

    /// Reads `HH:MM`, from 00:00 to 24:00.
    private func minute(_ reader: StrictReader) -> Int? {
        guard let text = reader.string() else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            part.utf8.count == 2 && part.allSatisfy { ("0"..."9").contains($0) } ? Int(part) : nil
        }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], minute < 60,
            hour < 24 || hour == 24 && minute == 0
        else {
            reader.problem("expected a time of day such as \"07:30\", in quotes; found '\(text)'")
            return nil
        }
        return hour * 60 + minute
    }
}
