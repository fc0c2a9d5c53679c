/// What a person who acts on a lane has to say of it (principle 13): who acts, and why.
public enum NamedAct {
    public static let longestOperator = 100
    public static let longestReason = 500

    /// What is wrong with an operator (UTF-8, at most 100 bytes) or a reason (at most 500 bytes); `nil` for nothing.
    public static func fault(operator name: String, reason: String) -> String? {
        guard !name.isEmpty, !reason.isEmpty, name.utf8.count <= longestOperator, reason.utf8.count <= longestReason
        else {
            return
                "an operator (at most \(longestOperator) bytes) and a reason (at most \(longestReason) bytes) are needed"
        }
        guard (name + reason).unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return "operator and reason must be plain text without control characters"
        }
        return nil
    }
}
