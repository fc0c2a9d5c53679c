#!/usr/bin/env python3
"""Makes inputs to begin with out of the protocol vectors: one folder for each fuzz target.

Usage: seeds.py VECTORS.json FOLDER
An input is eight bytes that say how it is delivered (see FuzzInput.swift), and the bytes themselves.
"""
import json
import pathlib
import sys

AT_ONCE = bytes(8)
# Settings 0; pieces of 5, 1 and 40 bytes; pauses of 0, 1, 50 and 0 ms.
IN_PIECES = bytes([0, 5, 1, 40, 0, 2, 5, 0])


def raw(text):
    return bytes.fromhex(text)


def texts(value):
    """Every text in a vector, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)


def frames(vectors, *names):
    """The vectors of these names that are bytes in hexadecimal."""
    for name in names:
        for text in texts(vectors[name]):
            try:
                yield raw(text)
            except ValueError:
                pass


def counted(content):
    return bytes([len(content)]) + content


def documents(vectors):
    """Whole answers to READ with text and photo, the photo all zeros."""
    for block in vectors["sdt_text_blocks"].values():
        body = bytes([0, 0, 0x90, 1, 0, 4, 0]) + raw(block) + bytes(1024)
        yield body


def framed(body):
    content = (len(body) + 1).to_bytes(2, "big") + body
    check = 0
    for byte in content:
        check ^= byte
    return bytes([0xAA, 0xAA, 0xAA, 0x96, 0x69]) + content + bytes([check])


def input_event(kind, code, value):
    return bytes(16) + kind.to_bytes(2, "little") + code.to_bytes(2, "little") + value.to_bytes(4, "little")


def pulses(bits):
    """2 ms apart; see CardTargets.swift."""
    return bytes(4 << 1 | int(bit) for bit in bits)


def mrz_zones():
    """ICAO's specimen documents, which belong to nobody."""
    yield ["I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"]
    yield ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
    yield ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]


def seeds(vectors):
    """Pairs of a target and an input without its first eight bytes."""
    samples = list(frames(vectors, "sdt_replies", "sdt_samid_reply", "sdt_new_address_reply"))
    for frame in samples:
        for target in ("sdt-frames", "reader-probe"):
            yield target, frame
        yield "sdt-reply", frame[7:-1]
        yield "sdt-usb-joiner", frame
    yield "sdt-frames", b"".join(samples)
    for body in documents(vectors):
        yield "sdt-frames", framed(body)
        yield "sdt-reply", body
    found, selected = bytes([0, 0, 0x9F, 0, 0, 0, 0]), bytes([0, 0, 0x90]) + bytes(8)
    # A pause, and the body of a reply behind its length.
    yield "sdt-session", b"".join(bytes([3]) + counted(body) for body in (found, selected, bytes([0, 0, 0x41])))

    lines = [b"GH1:PLACEHOLDER\r", b"]Q1GH1:PLACEHOLDER\r\n", b"%%NoRead\r", b"]C0123\tABC\x03", b"\xff\x00\r"]
    for line in lines:
        yield "text-lines", line
        yield "scanner", line
        yield "reader-probe", line
    for reply in frames(vectors, "zone_replies", "zone_cmds", "bank_stx_read_id"):
        yield "scanner-replies", reply
        yield "scanner", reply + lines[0]
        yield "reader-probe", reply
    for reply in (b"CBRENA1\x06.", b"\x02\x01\x00\x04@QRYSYS\x06;\x03", b"\x02\x01\x00@SCNTRG1\x06;\x03"):
        yield "scanner-replies", reply
        yield "scanner", reply + lines[1]
    for packet in frames(vectors, "ssi"):
        yield "ssi", packet
        yield "ssi-packets", counted(packet[1:-2])
    scan = bytes([0xF3, 0x00, 0x00, 0x1C]) + b"PLACEHOLDER\r"
    yield "ssi-packets", counted(scan) + counted(bytes([0xF3, 0x00, 0x01, 0x1C]) + b"PLACEHOLDER\r")
    for zone in mrz_zones():
        yield "mrz-lines", b"".join(bytes([1, len(line)]) + line.encode() for line in zone)
        for separator in ("", "\r", "\r\n"):
            yield "travel-document", separator.join(zone).encode()
            yield "credential", separator.join(zone).encode()

    for name in ("hidpos_layout_A", "hidpos_layout_B_newland"):
        yield "hid-reports", b"".join(raw(report) for report in vectors[name])
    descriptor = raw(
        "05 8C 09 02 A1 01 85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 95 03 05 8C 09 FB 09 FC 09 FD 81 02"
        "95 38 09 FE 81 02 95 01 81 03 95 01 81 03 75 01 09 FF 81 02 75 07 81 03 C0"
    )
    reports = b"".join(raw(report) for report in vectors["hidpos_layout_A"])
    yield "hid-descriptor", len(descriptor).to_bytes(2, "little") + descriptor + reports
    # A, b and Enter on a US keyboard, each pressed and released.
    keys = [(42, 1), (30, 1), (30, 0), (42, 0), (48, 1), (48, 0), (28, 1), (28, 0)]
    yield "evdev", b"".join(input_event(1, code, value) + input_event(0, 0, 0) for code, value in keys)
    yield "keyboard-wedge", b"".join(bytes([0, value, code]) for code, value in keys)
    # Alt with 6 and 5 on the keypad, and events that the kernel lost.
    alt = [(56, 1), (77, 1), (77, 0), (76, 1), (76, 0), (56, 0), (28, 1), (28, 0)]
    yield "keyboard-wedge", b"".join(bytes([0, value, code]) for code, value in alt) + bytes([0, 0x10, 3, 0, 0x10, 0])

    replies = list(frames(vectors, "osdp_replies_addr0_seq1_crc"))
    commands = list(frames(vectors, "osdp_cmds_addr0_seq1_crc"))
    session = list(frames(vectors, "osdp_secure_session"))
    for frame in replies + commands + session:
        yield "osdp-frames", frame
        yield "reader-probe", frame
    for frame in replies:
        yield "osdp-replies", frame[5:-2]
    for frame in commands:
        yield "osdp-commands", frame[5:-2]
    for target in ("osdp-bus-clear", "osdp-bus-secure", "osdp-bus-mixed"):
        # See FuzzedOSDPLine.swift: 00 goes on for a while, 06 reports, 05 forges, 0B enqueues.
        for frame in replies:
            reply = bytes([frame[5]]) + counted(frame[6:-2])
            yield target, b"\x00\x00\x06" + reply + b"\x00"
            yield target, b"\x00\x05\x00" + reply + b"\x00"
        for frame in commands:
            yield target, b"\x00\x00\x0b" + bytes([frame[5]]) + counted(frame[6:-2]) + b"\x00"
        for frame in session:
            yield target, b"\x00\x04" + counted(frame) + b"\x00"

    for bits in texts(vectors["wiegand"]):
        if set(bits) == {"0", "1"}:
            yield "wiegand", pulses(bits)
            packed = int(bits.ljust((len(bits) + 7) // 8 * 8, "0"), 2).to_bytes((len(bits) + 7) // 8, "big")
            yield "wiegand-raw", len(bits).to_bytes(2, "big") + counted(packed)
    for key in texts(vectors["wiegand"]["8-bit keys"]):
        yield "wiegand", pulses(f"{int(key, 16):08b}")
        yield "wiegand-raw", bytes([0, 8, 1]) + raw(key)
    yield "keypad", bytes([1, 2, 10, 1, 2, 3, 11])
    yield "rdm6300", b"\x020A00123456" + f"{0x0A ^ 0x12 ^ 0x34 ^ 0x56:02X}".encode() + b"\x03"
    for reply in frames(vectors, "thermo_replies"):
        for target in ("mcu90614", "gy614v", "reader-probe"):
            yield target, reply
    # Five readings of 36.52 °C at 24 °C, 10 ms apart.
    yield "temperature-window", bytes([3, 0x0E, 0x44, 120]) * 5

    for number in vectors["id_numbers_placeholder"].values():
        yield "document-number", number.encode()
        yield "credential", number.encode()
    for text in ("CARD/24/BD0001", "MRZ/UTO/D23145890", "130503670401001"):
        yield "credential", text.encode()
        yield "document-number", text.encode()
    header = "document,kind,tier,reason,issued,ends,household,order\n"
    row = "000000190001010017,exposure,2,close-contact,2025-11-20,2025-11-30,H1,17\n"
    quoted = '"000000190001010025",isolation,,confirmed-case,2025-11-20T00:00:00Z,2025-11-30T00:00:00Z,"H ""2""",18\r\n'
    yield "order-csv", (header + row + quoted).encode()
    event = "add@/devices/x/ttyUSB0\0ACTION=add\0DEVPATH=/devices/x/ttyUSB0\0SUBSYSTEM=tty\0DEVNAME=ttyUSB0\0"
    yield "uevent", event.encode()
    for address in ("/dev/ttyS1", "usb-port:1-1.4", "usb-port:1-1.4:1.0", "usb-serial:A10B2", "usb-serial:A@0403:6001"):
        yield "device-address", address.encode()


def main():
    vectors = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    root = pathlib.Path(sys.argv[2])
    for number, (target, content) in enumerate(seeds(vectors)):
        folder = root / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"vector-{number}").write_bytes(AT_ONCE + content)
        (folder / f"vector-{number}-in-pieces").write_bytes(IN_PIECES + content)


main()
