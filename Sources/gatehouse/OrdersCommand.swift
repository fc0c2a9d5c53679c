import ArgumentParser
import Control
import Credentials
import FoundationEssentials
import GateModel
import Hardware
import ListStore
import Orders
import Settings
import TrustedFiles

struct OrdersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "orders", abstract: "The list that the gate works with.", subcommands: [OrdersCheck.self])
}

struct OrdersCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Verify the stored list: digests, key, and every order in it.",
        discussion: "Needs no daemon. Exit status 1 if there is no valid list.")
    @OptionGroup var options: CommonOptions

    func run() async throws {
        try await reporting {
            let summary = try summary()
            try Output.print(summary, json: options.json) { summary.table }
        }
    }

    private func summary() throws -> OrdersSummary {
        do {
            let settings = try GateSettings.load(path: options.config)
            let now = SystemClock().now().wall
            guard let files = try store(settings).load(at: now) else {
                throw Trouble("no signed files are stored in \(settings.stateDirectory)/files yet", .refused)
            }
            if let fault = files.listFault { throw Trouble("the list cannot be used: \(fault)", .refused) }
            guard let list = files.list else { throw Trouble("there is no list, or no mandate to hold one", .refused) }
            return OrdersSummary(list, files.mandate, at: now)
        } catch let trouble as Trouble {
            throw trouble
        } catch {
            throw Trouble("\(error)", .refused)
        }
    }

    private func store(_ settings: GateSettings) throws -> SignedFileStore {
        let secret = try text(settings.deploymentKey.file)
        let key = try DeploymentKey(hex: secret, epoch: settings.deploymentKey.epoch)
        return SignedFileStore(
            directory: "\(settings.stateDirectory)/files", key: ListKey(epoch: key.epoch, check: key.keyCheck))
    }

    private func text(_ path: String) throws -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw Trouble("\(path) cannot be read; run this as the daemon's user", .refused)
        }
        return String(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace })
    }
}

/// What a list holds, without anybody in it.
struct OrdersSummary: Codable {
    var version: UInt64
    var ageSeconds: Int64
    var orders = 0
    var ended = 0
    var isolation = 0
    /// Tier 1 to 4.
    var exposure = [0, 0, 0, 0]
    var mandate: String?

    init(_ list: OrderList, _ mandate: Mandate?, at now: WallTime) {
        version = list.listVersion
        ageSeconds = now.seconds(since: list.created)
        self.mandate = mandate?.reference
        list.forEachOrder { _, order in
            orders += 1
            if order.ends <= now { ended += 1 }
            switch order.kind {
            case .isolation: isolation += 1
            case .exposure(let tier): exposure[Int(tier.rawValue) - 1] += 1
            }
        }
    }

    var table: String {
        Text.table([
            ["list", "version \(version), \(Text.age(ageSeconds)) old, verified"], ["mandate", mandate ?? "none"],
            ["orders", "\(orders), \(ended) of them over"], ["isolation", "\(isolation)"],
            ["exposure", exposure.enumerated().map { "tier \($0 + 1): \($1)" }.joined(separator: ", ")],
        ])
    }
}
