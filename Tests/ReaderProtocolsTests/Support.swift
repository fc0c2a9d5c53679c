import GateModel
import ReaderProtocols
import TestSupport

/// A reply frame: SW1 and SW2 zero.
func frame(sw3: UInt8, _ data: [UInt8] = []) -> [UInt8] {
    let length = data.count + 4
    let checked = [UInt8(length >> 8), UInt8(length & 255), 0, 0, sw3] + data
    return [0xAA, 0xAA, 0xAA, 0x96, 0x69] + checked + [checked.reduce(0, ^)]
}

/// A reply to READ (30 01): text of 256 bytes, photo of 1024.
func readFrame(_ text: [UInt8], photo: [UInt8] = [UInt8](repeating: 0, count: 1024)) -> [UInt8] {
    frame(
        sw3: 0x90,
        [UInt8(text.count >> 8), UInt8(text.count & 255), UInt8(photo.count >> 8), UInt8(photo.count & 255)] + text
            + photo)
}

/// A reply to READ with fingerprint (30 10).
func readFrame(_ text: [UInt8], photo: [UInt8], fingerprint: [UInt8]) -> [UInt8] {
    func word(_ count: Int) -> [UInt8] { [UInt8(count >> 8), UInt8(count & 255)] }
    return frame(
        sw3: 0x90,
        word(text.count) + word(photo.count) + word(fingerprint.count) + text + photo + fingerprint)
}

/// UTF-16LE.
func utf16(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] } }

extension [UInt8] {
    /// The same with the bytes from `offset` on replaced.
    func replacing(at offset: Int, with bytes: [UInt8]) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return copy
    }
}

func day(_ year: Int, _ month: Int, _ day: Int) throws -> CalendarDate {
    struct NoSuchDay: Error {}
    guard let date = CalendarDate(year: year, month: month, day: day) else { throw NoSuchDay() }
    return date
}

func ms(_ milliseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }
