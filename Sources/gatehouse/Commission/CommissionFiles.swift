import Commissioning
import DurableFiles
import FoundationEssentials
import Glibc
import Hardware
import TrustedFiles

/// The files of a commissioning: what was found so far, and the report.
struct CommissionFiles {
    let directory: String
    let gate: String
    let state: String

    init(directory: String, gate: String, state: String?) {
        self.directory = directory
        self.gate = gate
        self.state = state ?? "\(directory)/commissioning-\(gate).state"
    }

    /// What a report was written to.
    struct Written {
        var markdown: String
        var signed: String
        var keyid: String
    }

    /// What was found so far; `nil` if nothing was begun.
    func session() throws -> CommissioningSession? {
        guard unsafe access(state, F_OK) == 0 else { return nil }
        do {
            return try JSONDecoder().decode(CommissioningSession.self, from: Data(Self.read(state)))
        } catch is DecodingError {
            throw Trouble("\(state) is not what this program saved; remove it to begin anew", .refused)
        }
    }

    /// Durable when this returns: the next step may be the loss of power.
    func save(_ session: CommissioningSession) throws {
        try Self.write(Array(try JSONEncoder().encode(session)), to: state)
    }

    func write(_ report: CommissioningReport, _ key: PublisherKey) throws -> Written {
        let name = "commissioning-\(gate)"
        let written = Written(
            markdown: "\(directory)/\(name).md", signed: "\(directory)/\(name).json", keyid: key.trusted.keyid)
        let signed: [UInt8]
        do {
            signed = try report.sealed(with: key)
        } catch {
            throw Trouble("the report cannot be signed: \(error)", .refused)
        }
        try Self.write(signed, to: written.signed)
        let text = report.markdown(
            file: "\(name).json", digest: FileDigests.sha256(of: signed), keyid: written.keyid)
        try Self.write(Array(text.utf8), to: written.markdown)
        return written
    }

    /// Larger than any file that is read here.
    private static let longest = 4 << 20

    static func read(_ path: String) throws -> [UInt8] {
        do throws(Errno) {
            return try OwnedDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK).read(upTo: longest)
        } catch {
            throw Trouble("\(path) cannot be read: \(error)", .refused)
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        do throws(FileTrouble) {
            try AtomicFile.write(bytes, to: path)
        } catch {
            throw Trouble("\(error); the directory must be there, and this user must be able to write to it", .refused)
        }
    }
}
