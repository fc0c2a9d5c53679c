extension String {
    /// As typed text is compared: without spaces, in capitals.
    var typedCharacters: some Sequence<UInt8> { utf8.lazy.filter { $0 != 0x20 }.map(\.capital) }
}

extension UInt8 {
    /// A small ASCII letter as a capital; anything else as it is.
    var capital: UInt8 { (0x61...0x7A).contains(self) ? self - 0x20 : self }
}
