import DurableFiles
import Glibc
import Orders
package import TrustedFiles

/// What a gate makes of its list files by itself, so that base and deltas stay few.
extension SignedFileStore {
    /// Merges the base with the delta that leads to the next one, in a folder of its own, and throws unless that comes to the
    /// very book that was signed for. Takes long for a long list, and little memory.
    ///
    /// - Parameters:
    ///   - record: its first delta leads from its base to the book.
    ///   - book: what was signed for.
    ///   - isCancelled: asked again and again.
    package func merge(_ record: ListRecord, into book: NamedFile, isCancelled: () -> Bool) throws {
        guard let base = record.base, let bulk = record.deltas.first else { return }
        let list = try OrderList(self.book(base)).applying(self.delta(bulk))
        guard unsafe mkdir(mergeDirectory, 0o700) == 0 || errno == EEXIST else {
            throw FileTrouble(mergeDirectory, errno)
        }
        let path = mergePath(book)
        let output = try AtomicFile(path: path)
        try list.writeBook { (bytes, offset) throws(OrderBookBuildError) in
            do throws(FileTrouble) { try output.write(bytes, at: offset) } catch {
                throw .cannotWrite(reason: error.description)
            }
        } pause: { () throws(OrderBookBuildError) in
            if isCancelled() { throw .cancelled }
        }
        try output.commit()
        do {
            try verify(book, at: path)
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
    }

    /// Puts the book that ``merge(_:into:isCancelled:)`` has made beside the others: the base of the record that is given back.
    package func takeMerged(_ book: NamedFile, into record: ListRecord) throws -> ListRecord {
        guard unsafe rename(mergePath(book), path(book)) == 0 else { throw FileTrouble(path(book), errno) }
        var record = record
        record.base = book
        record.deltas.removeFirst()
        return record
    }

    /// Removes what merges have left.
    package func removeMerged() { removeFiles(of: mergeDirectory, except: []) }

    private var mergeDirectory: String { "\(directory)/merge" }

    private func mergePath(_ book: NamedFile) -> String { "\(mergeDirectory)/\(book.sha256)" }

    /// So many deltas of one size are joined to one of the next size.
    private static let deltasTogether = 8

    /// Joins deltas, so that a gate that follows every change for weeks has some forty files, and writes each change a few times.
    package func joiningDeltas(_ record: ListRecord) throws -> ListRecord {
        var record = record
        while let first = firstToJoin(record.deltas) {
            var joined = try delta(record.deltas[first])
            for file in record.deltas[(first + 1)...] { joined = try joined.composed(with: try delta(file)) }
            let name = OrderFileName.delta(from: joined.base.listVersion, to: joined.head.listVersion)
            let content = joined.bytes()
            let file = NamedFile(name: name.text, content: content)
            try write(content, as: file)
            record.deltas.replaceSubrange(first..., with: [file])
        }
        return record
    }

    /// Where the last deltas begin that are of one size and enough to be joined.
    private func firstToJoin(_ deltas: [NamedFile]) -> Int? {
        guard let size = deltas.last.flatMap(Self.size) else { return nil }
        var first = deltas.count
        while first > 0, Self.size(deltas[first - 1]) == size { first -= 1 }
        return deltas.count - first >= Self.deltasTogether ? first : nil
    }

    /// How often ``deltasTogether`` goes into the number of versions; `nil` for what is never joined.
    private static func size(_ file: NamedFile) -> Int? {
        guard case .delta(let from, let to)? = OrderFileName(file.name) else { return nil }
        var size = 0
        var versions = to - from
        while versions >= deltasTogether {
            versions /= UInt64(deltasTogether)
            size += 1
        }
        return size
    }
}
