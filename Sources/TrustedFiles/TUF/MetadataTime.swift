import FoundationEssentials

/// Times as TUF writes them: `2030-01-01T00:00:00Z`, always UTC. In memory they are seconds since 1970.
enum MetadataTime {
    /// Of the years 1 to 9999, as Foundation counts them: by the Julian calendar before 1582.
    private static let writable: ClosedRange<Int64> = -62_135_769_600...253_402_300_799

    /// `nil` unless `text` has exactly that form and is a time of the years 1 to 9999.
    static func seconds(_ text: String) -> Int64? {
        guard text.utf8.count == 20, let date = try? Date.ISO8601FormatStyle().parse(text) else { return nil }
        let seconds = Int64(date.timeIntervalSince1970)
        // What is parsed leniently, 30 February for one, is written in another way.
        return self.text(seconds) == text ? seconds : nil
    }

    /// Times before year 1 and after year 9999 are written as the first and the last that can be.
    static func text(_ seconds: Int64) -> String {
        let seconds = min(max(seconds, writable.lowerBound), writable.upperBound)
        return Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
