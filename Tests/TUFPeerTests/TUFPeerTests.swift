import Foundation
import TestPrograms
import Testing

/// gatehouse-tuf beside python-tuf's own client, over the same repositories, right and attacked.
///
/// The cases are in `Peer/peer.py`: python-tuf makes the repositories, and the two clients have to come to the same outcome, the
/// same trusted files and, where that is said, the same requests.
@Suite(.serialized)
struct TUFPeerTests {
    @Test(.timeLimit(.minutes(3)))
    func `gatehouse-tuf and python-tuf come to the same over right and attacked repositories`() async throws {
        let outcome = try await Peer.run("peer.py", [Program.path(of: "gatehouse-tuf")])
        for line in outcome.lines where line.hasPrefix("failed") { Issue.record("\(line)") }
        let passed = outcome.lines.count { $0.hasPrefix("ok ") }
        // Fewer of them would mean that the script broke off.
        #expect(passed >= 110, "\(outcome.lines.suffix(5)) \(outcome.errors)")
        #expect(outcome.lines.last == "done \(passed)")
        #expect(outcome.status == 0)
    }
}
