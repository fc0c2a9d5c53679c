import FoundationEssentials

/// Answers that were written down before.
struct CommissionAnswers {
    private let texts: [String: String]
    let file: String

    private enum Answer: Decodable {
        case text(String)
        case flag(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = try (try? container.decode(Bool.self)).map(Self.flag) ?? .text(container.decode(String.self))
        }

        var words: String {
            switch self {
            case .text(let text): text
            case .flag(let flag): flag ? "yes" : "no"
            }
        }
    }

    init(file: String) throws {
        self.file = file
        do {
            texts = try JSONDecoder().decode([String: Answer].self, from: Data(CommissionFiles.read(file)))
                .mapValues(\.words)
        } catch is DecodingError {
            throw Trouble(
                "\(file) is not understood: it is a JSON object of texts and of true or false, by the id of the question",
                .refused)
        }
    }

    /// What is answered to a question; `*.kill` answers for every lane that has no answer of its own.
    subscript(id: String) -> String? {
        texts[id] ?? id.firstIndex(of: ".").flatMap { texts["*" + id[$0...]] }
    }

    /// Why a step is skipped, where it is.
    func skip(_ step: String) -> String? {
        guard let text = self[step], text.hasPrefix("skip") else { return nil }
        return String(text.dropFirst("skip".count).drop { $0 == ":" || $0 == " " })
    }
}
