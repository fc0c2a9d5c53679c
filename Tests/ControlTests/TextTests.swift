import Control
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        (Int64.min, "0 s"), (-1, "0 s"), (0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"),
        (172_799, "47 h"), (172_800, "2 d"), (.max, "106751991167300 d"),
    ])
    func `an age is said in the unit that a person would use`(seconds: Int64, text: String) {
        #expect(Text.age(seconds) == text)
    }

    @Test func `columns are as wide as their widest cell, and the last one is not padded`() {
        #expect(
            Text.table([["lane", "lock", "door"], ["front-door", "locked", "closed"]])
                == "lane        lock    door\nfront-door  locked  closed")
        #expect(Text.table([["a", "b"], ["long"], ["x", "y", "z"]]) == "a     b\nlong\nx     y  z")
        #expect(Text.table([["门", "x"], ["abc", "y"]]) == "门    x\nabc  y")
        #expect(Text.table([]) == "")
        #expect(Text.table([[]]) == "")
    }
}
