/// How many bits of an order book are keys and how many are not, as its header tells (`docs/order-book-format.md`).
struct BookParts {
    /// What it takes to know whether a token is in the book: the directory, the heads, and the rest of each remainder.
    let keyBits: Double
    /// Everything else, the header among it.
    let attributeBits: Double

    /// - Parameter words: those of the header at least.
    init(header words: [UInt64]) throws {
        // The section table begins at word 10, with directory and heads: number and width, base, offset, length.
        guard words.count > 18, UInt32(truncatingIfNeeded: words[1]) == 2 else {
            throw Trouble("this is not an order book of format version 2")
        }
        let (length, count, directory, heads) = (words[2], words[7], words[13], words[17])
        let groupBits = max(0, 64 - count.leadingZeroBitCount - 3)
        let restBits = Double(count) * Double(64 - groupBits - 8)
        keyBits = Double(directory + heads) * 8 + restBits
        attributeBits = Double(length) * 8 - keyBits
    }
}
