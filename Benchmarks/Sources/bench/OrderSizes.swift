/// `order_book_bytes`: what an order costs in the file that is downloaded and mapped, beside what it is worth.
func measureSize(_ list: LargeList, into report: inout Report) throws {
    let entropy = try OrderEntropy(list.sample)
    let parts = try BookParts(header: list.headerWords())
    let bytes = 8 * Double(list.sample.count)
    let name = "order_book_bytes.\(label(orders: list.sample.count))"
    for (part, own, least) in [
        ("keys", parts.keyBits, entropy.keys), ("attributes", parts.attributeBits, entropy.attributes),
        ("both", parts.keyBits + parts.attributeBits, entropy.keys + entropy.attributes),
    ] {
        report.add("\(name).\(part)", own / bytes, "B/order", beside: ("entropy", least / bytes))
    }
}
