import GateModel
import Glibc
import Orders

/// A list of so many orders as a file. It is made once in a run, and removed with the folder.
final class LargeList {
    let sample: OrderSample
    let path: String

    init(orders count: Int, folder: String) throws {
        sample = OrderSample(count: count)
        path = "\(folder)/\(count).book"
        let builder = OrderBookBuilder(listVersion: 1, created: OrderSample.created, keyEpoch: 1, keyCheck: 1)
        try write(builder.build(sample.all()), to: path)
        try check()
    }

    func open() throws -> OrderBook { try OrderBook(mapping: MappedFile(path: path)) }

    /// The first words of the file.
    func headerWords() throws -> [UInt64] {
        guard let file = unsafe fopen(path, "r") else { throw Trouble("\(path) cannot be read: \(lastReason())") }
        defer { unsafe fclose(file) }
        var words = [UInt64](repeating: 0, count: 64)
        let count = unsafe fread(&words, 8, words.count, file)
        return words.prefix(count).map(UInt64.init(littleEndian:))
    }

    /// Throws unless the file says the same as the sample: nobody wants to know how quickly a wrong answer is found.
    private func check() throws {
        let book = try open()
        guard book.count == sample.count else { throw Trouble("\(path) has \(book.count) orders of \(sample.count)") }
        for index in stride(from: 0, to: sample.count, by: max(1, sample.count / 10_000)) {
            guard let order = sample.order(index), let found = book.order(for: sample.token(index)) else {
                throw Trouble("order \(index) is not in \(path)")
            }
            var expected = order
            expected.ends = WallTime(secondsSince1970: order.ends.secondsSince1970 / 60 * 60)
            guard found == expected else { throw Trouble("order \(index) in \(path) is not as it was given") }
            guard book.order(for: sample.strangerToken(index)) == nil else {
                throw Trouble("\(path) has an order that was not given")
            }
        }
    }
}

/// How to name a number of orders in a figure: 10M, 1.17M.
func label(orders count: Int) -> String {
    let hundredths = String(count / 10_000 % 100)
    let fraction = count / 10_000 % 100 == 0 ? "" : ".\(hundredths.count < 2 ? "0" : "")\(hundredths)"
    return "\(count / 1_000_000)\(fraction)M"
}
