/// Shell patterns for paths, as section 4.5 has them: `*` and `?` match no slash. `[abc]`, `[a-z]` and `[!a]` stand for one
/// character. There are no escapes, and a full stop at the beginning is a character like any other.
public enum PathPattern {
    /// Whether `pattern` matches the whole of `path`.
    public static func matches(_ path: String, _ pattern: String) -> Bool {
        let slash = Unicode.Scalar(UInt8(ascii: "/"))
        let names = path.unicodeScalars.split(separator: slash, omittingEmptySubsequences: false)
        let patterns = pattern.unicodeScalars.split(separator: slash, omittingEmptySubsequences: false)
        guard names.count == patterns.count else { return false }
        return zip(names, patterns).allSatisfy { matchesName(Array($0), tokens(Array($1))) }
    }

    private enum Token {
        case one(Unicode.Scalar)
        case any
        case anyNumber
        case set([ClosedRange<Unicode.Scalar>], isInverted: Bool)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .one(let own): own == scalar
            case .any: true
            case .anyNumber: false
            case .set(let ranges, let isInverted): ranges.contains { $0.contains(scalar) } != isInverted
            }
        }
    }

    /// In time of at most name times pattern: only the last star is ever tried again.
    private static func matchesName(_ name: [Unicode.Scalar], _ tokens: [Token]) -> Bool {
        var position = 0
        var token = 0
        var afterStar: (token: Int, position: Int)?
        while position < name.count {
            if token < tokens.count, case .anyNumber = tokens[token] {
                token += 1
                afterStar = (token, position)
            } else if token < tokens.count, tokens[token].matches(name[position]) {
                token += 1
                position += 1
            } else if let star = afterStar {
                token = star.token
                position = star.position + 1
                afterStar = (token, position)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { if case .anyNumber = $0 { true } else { false } }
    }

    private static func tokens(_ pattern: [Unicode.Scalar]) -> [Token] {
        var tokens: [Token] = []
        var position = 0
        while position < pattern.count {
            let scalar = pattern[position]
            position += 1
            switch scalar {
            case "*": tokens.append(.anyNumber)
            case "?": tokens.append(.any)
            case "[":
                let isInverted = position < pattern.count && pattern[position] == "!"
                let start = position + (isInverted ? 1 : 0)
                // A bracket that closes at once belongs to the set; one that nothing closes is a character.
                guard let end = pattern.indices.dropFirst(start + 1).first(where: { pattern[$0] == "]" }) else {
                    tokens.append(.one(scalar))
                    continue
                }
                tokens.append(.set(ranges(pattern[start..<end]), isInverted: isInverted))
                position = end + 1
            default: tokens.append(.one(scalar))
            }
        }
        return tokens
    }

    /// A range that runs backwards holds nothing.
    private static func ranges(_ set: ArraySlice<Unicode.Scalar>) -> [ClosedRange<Unicode.Scalar>] {
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var rest = set
        while let low = rest.popFirst() {
            if rest.count >= 2, rest.first == "-" {
                let high = rest[rest.startIndex + 1]
                rest = rest.dropFirst(2)
                if low <= high { ranges.append(low...high) }
            } else {
                ranges.append(low...low)
            }
        }
        return ranges
    }
}
