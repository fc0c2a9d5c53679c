public import GateModel

/// What an order list in CSV came to.
public struct OrderImport: Sendable {
    /// In the order of the file, no subject twice.
    public var accepted: [(SubjectToken, Order)] = []
    /// In the order of the file.
    public var rejected: [RejectedRow] = []
}

/// Reads order lists written as CSV (RFC 4180, UTF-8, no line breaks inside fields).
///
/// The first line names the columns, in any order: `document`, `kind` (`isolation` or `exposure`), `tier` (1 to 4, for
/// `exposure` only; the column may be missing when there is none), `reason`, `issued`, `ends`, `household`, `order`.
/// There are no others: an order can express nothing else (principle 5).
/// `issued` and `ends` are `YYYY-MM-DD` (from the start of the one day to the end of the other, in UTC) or
/// `YYYY-MM-DDTHH:MM:SSZ`.
public enum OrderCSV {
    /// How far ahead of `now` an order may be issued, for the sake of differing clocks.
    public static let furthestAheadSeconds: Int64 = 86_400

    /// Reads a whole list. A row that cannot be accepted is left out and told; the others stand.
    ///
    /// - Parameters:
    ///   - now: orders that have ended by then are rejected.
    ///   - subject: makes the token of what stands in the column `document`, as written.
    ///   - household: makes the token of a household identifier, as written and never empty.
    public static func read(
        _ bytes: [UInt8],
        now: WallTime,
        subject: (String) -> Result<SubjectToken, UnreadableReason>,
        household: (String) -> HouseholdToken
    ) throws(OrderCSVError) -> OrderImport {
        var rows = CSVRows(bytes: bytes)
        let columns = try Columns(headerOf: &rows)
        var result = OrderImport()
        var lines: [SubjectToken: Int] = [:]
        while let row = rows.next() {
            do throws(RejectedRow.Reason) {
                guard case .fields = row else { throw .malformedQuoting }
                let (token, order) = try columns.order(in: rows, now: now, subject: subject, household: household)
                if let earlier = lines[token] { throw .duplicate(ofLine: earlier) }
                lines[token] = rows.line
                result.accepted.append((token, order))
            } catch {
                result.rejected.append(RejectedRow(line: rows.line, reason: error))
            }
        }
        return result
    }

    enum Column: String, CaseIterable {
        case document, kind, tier, reason, issued, ends, household, order
    }
}

/// Where each column stands in the rows of one file.
private struct Columns {
    let document, kind, reason, issued, ends, household, order: Int
    let tier: Int?
    let count: Int

    init(headerOf rows: inout CSVRows) throws(OrderCSVError) {
        guard let header = rows.next() else { throw .empty }
        guard case .fields = header, rows.isUTF8, rows.fieldCount <= CSVRows.mostFields else { throw .noHeader }
        var places: [OrderCSV.Column: Int] = [:]
        let names = (0..<rows.fieldCount).map { rows.text($0) }
        // Column names have no digits. A line with digits is a row of a file without a header, and is not to be shown.
        guard !names.contains(where: { $0.contains(where: \.isNumber) }) else { throw .noHeader }
        for (place, name) in names.enumerated() {
            guard let column = OrderCSV.Column(rawValue: name) else { throw .unknownColumn(String(name.prefix(40))) }
            guard places.updateValue(place, forKey: column) == nil else { throw .repeatedColumn(name) }
        }
        func place(_ column: OrderCSV.Column) throws(OrderCSVError) -> Int {
            guard let place = places[column] else { throw .missingColumn(column.rawValue) }
            return place
        }
        document = try place(.document)
        kind = try place(.kind)
        tier = places[.tier]
        reason = try place(.reason)
        issued = try place(.issued)
        ends = try place(.ends)
        household = try place(.household)
        order = try place(.order)
        count = names.count
    }

    func order(
        in row: CSVRows,
        now: WallTime,
        subject: (String) -> Result<SubjectToken, UnreadableReason>,
        household makeHousehold: (String) -> HouseholdToken
    ) throws(RejectedRow.Reason) -> (SubjectToken, Order) {
        guard row.fieldCount == count else { throw .wrongFieldCount(expected: count, found: row.fieldCount) }
        guard row.isUTF8 else { throw .notUTF8 }
        let kind = try kind(in: row)
        guard let reason = Order.Reason(word: row.text(reason)) else { throw .unknownReason }
        let ends = try checkedEnd(in: row, now: now)
        let digits = row.text(order)
        // `UInt64` takes a plus sign too. Longer texts with leading zeros are document numbers in the wrong column.
        guard digits.first != "+", digits.utf8.count <= 12, let number = UInt64(digits),
            let reference = OrderReference(number)
        else {
            throw .badOrderReference
        }
        let householdText = row.text(household)
        guard householdText.contains(where: { !$0.isWhitespace }) else { throw .missingHousehold }
        switch subject(row.text(document)) {
        case .failure(let reason): throw .unreadableDocument(reason)
        case .success(let token):
            let household = makeHousehold(householdText)
            return (token, Order(kind: kind, reason: reason, ends: ends, household: household, reference: reference))
        }
    }

    private func kind(in row: CSVRows) throws(RejectedRow.Reason) -> Order.Kind {
        let tierText = tier.map { row.text($0) } ?? ""
        switch row.text(kind) {
        case "isolation":
            guard tierText.isEmpty else { throw .tierOnIsolation }
            return .isolation
        case "exposure":
            guard !tierText.isEmpty else { throw .missingTier }
            guard tierText.utf8.count == 1, let tier = UInt8(tierText).flatMap({ Order.Tier(rawValue: $0) }) else {
                throw .badTier
            }
            return .exposure(tier)
        default: throw .unknownKind
        }
    }

    private func checkedEnd(in row: CSVRows, now: WallTime) throws(RejectedRow.Reason) -> WallTime {
        let issuedField = row.fields[issued].range
        let endsField = row.fields[ends].range
        guard !issuedField.isEmpty else { throw .missingIssued }
        guard !endsField.isEmpty else { throw .missingEnd }
        guard let issued = TimeText(row.bytes[issuedField])?.first else { throw .badIssued }
        guard let ends = TimeText(row.bytes[endsField])?.end else { throw .badEnd }
        guard issued < ends else { throw .endsBeforeIssued }
        guard ends.seconds(since: issued) <= Order.longestSeconds else { throw .tooLong }
        guard now < ends else { throw .alreadyEnded }
        guard issued.seconds(since: now) <= OrderCSV.furthestAheadSeconds else { throw .issuedInFuture }
        return ends
    }
}
