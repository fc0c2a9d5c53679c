#!/usr/bin/env python3
"""Reads an order book (docs/order-book-format.md), independently of the Swift code.

    order_book.py FILE [TOKEN...]

Prints the header, every order in the sequence of the file, and then for each hexadecimal TOKEN what a search finds.
"""

import struct
import sys


class OrderBook:
    def __init__(self, data):
        self.data = data
        words = struct.unpack_from("<8sIIQQqIIQQQQ", data, 0)
        magic, version, sections, length, self.version, self.created, self.epoch, zero, self.check = words[:9]
        self.n, self.h, self.e = words[9:]
        assert magic == b"GHORDERS" and version == 2 and sections == 6 and zero == 0, "not an order book of version 2"
        assert length == len(data) and length % 8 == 0, "wrong length"
        self.g = max(0, self.n.bit_length() - 3)
        counts = [
            2**self.g + 1 if self.n else 0,
            self.n,
            self.n,
            self.e,
            (self.h + 63) // 64 + 1 if self.h else 0,
            self.h,
        ]
        self.sections = []
        end = 80 + 6 * 32
        for index, count in enumerate(counts):
            number, width, base, offset, size = struct.unpack_from("<IIqQQ", data, 80 + 32 * index)
            assert number == index + 1 and offset == end and size == (count * width + 63) // 64 * 8, f"section {number}"
            bits = int.from_bytes(data[offset : offset + size], "little")
            assert bits >> count * width == 0, f"padding of section {number}"
            self.sections.append((width, base, offset, size))
            end += size
        assert end == length, "wrong length"
        self.rest_width = 56 - self.g
        self.end_width = max(0, self.e - 1).bit_length()
        self.household_width = max(0, self.h - 1).bit_length()
        self.reference_width = (
            self.sections[2][0] - self.rest_width - 5 - self.end_width - self.household_width if self.n else 0
        )
        self.check_canonical()

    def stored(self, section, index):
        width, _, offset, size = self.sections[section - 1]
        first = index * width
        low, high = first // 8, (first + width + 7) // 8
        assert high <= size
        value = int.from_bytes(self.data[offset + low : offset + high], "little") >> first % 8
        return value & (1 << width) - 1

    def check_canonical(self):
        """Widths are as narrow as can be, and sets ascend."""
        for section, count in [(1, 2**self.g + 1 if self.n else 0), (6, self.h)]:
            width, base, _, _ = self.sections[section - 1]
            numbers = [self.stored(section, i) for i in range(count)] or [0]
            assert min(numbers) == 0 and max(numbers).bit_length() == width, f"width of section {section}"
            assert count or base == 0
        entries = [self.entry(i) for i in range(self.n)]
        references = [entry[4] for entry in entries] or [0]
        assert min(references) == self.sections[2][1], "smallest reference"
        assert (max(references) - min(references)).bit_length() == self.reference_width, "width of references"
        ends = [self.stored(4, i) for i in range(self.e)]
        assert ends == sorted({entry[2] for entry in entries}), "ends"
        assert all(1 <= end <= 44640 for end in ends), "ends"
        households = [self.household(i) for i in range(self.h)]
        assert households == sorted({self.household(entry[3]) for entry in entries}), "households"
        tokens = [token for token, _ in self]
        assert tokens == sorted(set(tokens)) and len(tokens) == self.n, "tokens"
        for k in range(2**self.g if self.n else 0):
            assert self.before(k) == sum(1 for token in tokens if token >> 64 - self.g < k), "directory"

    def before(self, group):
        """How many tokens come before the group."""
        return (self.n * group >> self.g) + self.sections[0][1] + self.stored(1, group)

    def entry(self, i):
        """Rest of the token, code, end in minutes, place of the household, reference."""
        value = self.stored(3, i)
        fields = []
        for width in [self.rest_width, 5, self.end_width, self.household_width, self.reference_width]:
            fields.append(value & (1 << width) - 1)
            value >>= width
        rest, code, end, household, reference = fields
        assert code < 25
        return rest, code, self.stored(4, end), household, self.sections[2][1] + reference

    def household(self, i):
        j, k = divmod(i, 64)
        a, b = self.stored(5, j), self.stored(5, j + 1)
        return (a * 2**32 + (b - a) * k * 2**26 + self.sections[5][1] + self.stored(6, i)) % 2**64

    def text(self, i):
        _, code, end, household, reference = self.entry(i)
        ends = self.created // 60 * 60 + end * 60
        return f"{code // 5} {code % 5} {ends} {self.household(household):016x} {reference}"

    def __iter__(self):
        for group in range(2**self.g if self.n else 0):
            for i in range(self.before(group), self.before(group + 1)):
                remainder = self.stored(2, i) << self.rest_width | self.entry(i)[0]
                yield group << 64 - self.g | remainder, self.text(i)

    def find(self, token):
        if self.n == 0:
            return None
        group = token >> 64 - self.g
        for i in range(self.before(group), self.before(group + 1)):
            if self.stored(2, i) == token >> self.rest_width & 0xFF:
                if self.entry(i)[0] == token & (1 << self.rest_width) - 1:
                    return self.text(i)
        return None


def main():
    with open(sys.argv[1], "rb") as file:
        book = OrderBook(file.read())
    print(book.version, book.created, book.epoch, f"{book.check:016x}", book.n)
    for token, order in book:
        print(f"{token:016x} {order}")
    for token in sys.argv[2:]:
        print(f"{token}: {book.find(int(token, 16)) or 'none'}")


if __name__ == "__main__":
    main()
