import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import Glibc
import ListStore
import Repository
import TrustedFiles

@main
struct GatehouseTUF: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-tuf",
        abstract: "A client of TUF repositories: fetches files that can be trusted.",
        usage: """
            gatehouse-tuf --metadata-dir DIR init ROOT_FILE
            gatehouse-tuf --metadata-dir DIR --metadata-url URL refresh
            gatehouse-tuf --metadata-dir DIR --metadata-url URL --target-name NAME --target-base-url URL --target-dir DIR \
            download
            """,
        discussion: "The exit status is 0, or 1 if anything failed; then what was trusted and what was there stays.")

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case initialise = "init"
        case refresh
        case download
    }

    @Option(help: "Where trusted metadata is kept.")
    var metadataDir: String

    @Option(help: "The address of the repository's metadata.")
    var metadataUrl: String?

    @Option(parsing: .unconditionalSingleValue, help: "A target to download. May be given several times.")
    var targetName: [String] = []

    @Option(help: "The address of the repository's targets.")
    var targetBaseUrl: String?

    @Option(help: "Where to put targets.")
    var targetDir: String?

    @Option(help: "How many seconds an answer may take as a whole; a target gets more, by its length.")
    var answerSeconds: Int64 = 30

    @Option(help: "How many bytes a second targets may take at most; at least 8192.")
    var bandwidth: Int64?

    @Option(help: "How many new root files to take in one go.")
    var maxRootRotations = RepositoryLimits().rootRotations

    @Argument(help: "init, refresh or download.")
    var action: Action

    @Argument(help: "For init: the root file to begin with.")
    var rootFile: String?

    static func main() async {
        do {
            try await parse().run()
        } catch {
            if exitCode(for: error) == .success { exit(withError: error) }
            // Names come from the repository: none of them steers a terminal.
            let message = fullMessage(for: error).unicodeScalars.map { String(printable($0)) }.joined()
            let text = Array("\(message)\n".utf8)
            _ = unsafe text.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
            _exit(1)
        }
    }

    private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar == "\n" || scalar.properties.generalCategory != .control ? scalar : "\u{FFFD}"
    }

    func run() async throws {
        let store = MetadataStore(directory: metadataDir)
        switch action {
        case .initialise:
            guard let rootFile else { throw ValidationError("init needs the root file to begin with") }
            guard let content = FileManager.default.contents(atPath: rootFile) else {
                throw ValidationError("\(rootFile) cannot be read")
            }
            try store.initialise(trustedRoot: Array(content))
        case .refresh: try await update(store) { _ in }
        case .download:
            guard let targetDir, let targetBaseUrl, !targetName.isEmpty else {
                throw ValidationError("download needs --target-name, --target-base-url and --target-dir")
            }
            let folder = TargetFolder(directory: targetDir)
            try await update(store, targets: targetBaseUrl) { access in
                for name in targetName { try await access.download(access.find(name), into: folder) }
            }
        }
    }

    /// Refreshes, and does the rest while the connection stands.
    private func update(
        _ store: MetadataStore, targets: String? = nil, then work: (inout RepositoryAccess) async throws -> Void
    ) async throws {
        guard let metadataUrl else { throw ValidationError("--metadata-url is missing") }
        var settings = RepositorySettings(metadataURL: metadataUrl, targetsURL: targets)
        settings.answerTime = .seconds(min(max(1, answerSeconds), 86_400))
        settings.silence = min(settings.silence, settings.answerTime)
        settings.bandwidth = bandwidth.map { max(8_192, $0) }
        settings.limits.rootRotations = max(1, maxRootRotations)
        let lock = try store.lock()
        defer { extendLifetime(lock) }
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: RepositoryAccess.httpConfiguration(for: settings))
        do {
            var access = RepositoryAccess(settings, store: store, http: http, now: Int64(time(nil)))
            try await access.refresh()
            try await work(&access)
        } catch {
            try? await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }
}
