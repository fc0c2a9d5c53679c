#!/usr/bin/env python3
"""Applies deltas (docs/order-delta-format.md) to an order book, independently of the Swift code.

    order_delta.py BOOK [DELTA...]

Prints the head of the list that comes of it, and every order on it by ascending token.
"""

import struct
import sys

from order_book import OrderBook


def read_delta(data):
    """Versions and times of both lists, key, removed tokens, and written orders by token."""
    head = struct.unpack_from("<8sIIQQqQqIIQQQ", data, 0)
    magic, version, zero, length, before, made, after, created, epoch, other_zero, check = head[:11]
    removed_count, written_count = head[11:]
    assert magic == b"GHDELTAS" and version == 2 and zero == 0 and other_zero == 0, "not a delta of version 2"
    assert length == len(data) == 88 + 8 * removed_count + 24 * written_count, "wrong length"
    assert after > before and created >= made
    removed = list(struct.unpack_from(f"<{removed_count}Q", data, 88))
    written = {}
    for index in range(written_count):
        token, household, attributes = struct.unpack_from("<QQQ", data, 88 + 8 * removed_count + 24 * index)
        reference, code, minute = attributes % 2**40, attributes >> 40 & 0xFF, attributes >> 48
        assert 1 <= reference <= 999_999_999_999 and code < 25 and 1 <= minute <= 44640
        written[token] = (code // 5, code % 5, created // 60 * 60 + minute * 60, household, reference)
    for tokens in [removed, list(written)]:
        assert tokens == sorted(set(tokens))
    assert len(written) == written_count and not set(removed) & set(written)
    return (before, made), (after, created), (epoch, check), removed, written


def main():
    with open(sys.argv[1], "rb") as file:
        book = OrderBook(file.read())
    version, created, key = book.version, book.created, (book.epoch, book.check)
    orders = {}
    for token, text in book:
        kind, reason, ends, household, reference = text.split()
        orders[token] = (int(kind), int(reason), int(ends), int(household, 16), int(reference))
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            before, after, same_key, removed, written = read_delta(file.read())
        assert before == (version, created) and same_key == key, "a delta for another list"
        version, created = after
        for token in removed:
            orders.pop(token, None)
        orders.update(written)
        orders = {token: order for token, order in orders.items() if order[2] > created // 60 * 60}
    print(version, created, key[0], f"{key[1]:016x}")
    for token, (kind, reason, ends, household, reference) in sorted(orders.items()):
        print(f"{token:016x} {kind} {reason} {ends} {household:016x} {reference}")


if __name__ == "__main__":
    main()
