import Foundation
import TestPrograms

/// A central service with its data, and one gate registered.
struct Town {
    let directory: URL
    let port: Int

    var data: String { directory.appending(path: "central").path }
    var log: URL { directory.appending(path: "central.log") }

    /// Makes keys, a mandate, and a list.
    ///
    /// - Parameter orders: the rows of the CSV.
    init(directory: URL, gate: String, orders: (inout Data) -> Void) async throws {
        self.directory = directory
        port = try Self.freePort()
        try await central(["init", "--deployment", "test-town"])
        let token = try await central(["gate", "add", gate])
        try Data(token.utf8).write(to: directory.appending(path: "central.token"))
        try await central(["mandate", "--reference", "T-1", "--legal-basis", "test", "--area", "test", "--days", "30"])
        var csv = Data("document,kind,tier,reason,issued,ends,household,order\n".utf8)
        orders(&csv)
        // Outside of the directory that is searched for document numbers later.
        let file = FileManager.default.temporaryDirectory.appending(path: "gatehouse-orders-\(UUID().uuidString).csv")
        try csv.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await central([
            "orders", "import", file.path, "--accept-placeholders", "--approve", "\(data)/keys/orders-bulk-2.key",
        ])
    }

    /// A line of the orders: a confirmed case, isolated from today on for five days.
    static func isolation(of document: String, household: Int = 1, order: Int = 1) -> Data {
        let day = Date().ISO8601Format().prefix(10)
        let end = Date(timeIntervalSinceNow: 5 * 86_400).ISO8601Format().prefix(10)
        return Data("\(document),isolation,,confirmed-case,\(day),\(end),H-\(household),\(order)\n".utf8)
    }

    /// Runs a command of the central service and gives what it printed.
    @discardableResult
    func central(_ arguments: [String]) async throws -> String {
        let result = try await Program.run("gatehouse-central", arguments + ["--data", data])
        guard result.status == 0 else { throw Timeout(description: "\(arguments) failed: \(result.said)") }
        return result.output
    }

    /// Orders the isolation of a confirmed case, from today on for five days.
    func add(_ document: String, order: Int) async throws {
        let end = Date(timeIntervalSinceNow: 5 * 86_400).ISO8601Format().prefix(10)
        try await central([
            "orders", "add", "--document", document, "--kind", "isolation", "--reason", "confirmed-case", "--ends",
            "\(end)", "--household", "H-9", "--order", "\(order)", "--accept-placeholders",
        ])
    }

    func lift(order: Int) async throws {
        try await central([
            "orders", "lift", "--order", "\(order)", "--operator", "Wang", "--because", "wrong person",
        ])
    }

    /// Starts serving, and returns when it answers.
    func serve() async throws -> Program {
        let program = try await Program(
            "gatehouse-central", ["serve", "--data", data, "--port", "\(port)"],
            log: directory.appending(path: "central-\(UUID().uuidString).log"))
        try await eventually("the central service") {
            try await Self.curl(["-fsS", "http://127.0.0.1:\(port)/v1/health"]).status == 0
        }
        return program
    }

    /// The events that the central service holds, oldest first.
    func events(_ options: [String] = []) async throws -> [[String: Any]] {
        try await central(["events", "--json"] + options).split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return object as? [String: Any] ?? [:]
        }
    }

    static func curl(_ arguments: [String]) async throws -> Program.Outcome {
        try await Program.run("/usr/bin/curl", ["--max-time", "10"] + arguments)
    }

    /// A TCP port of the loopback address that nobody listens on now.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw Timeout(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
