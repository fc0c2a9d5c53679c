#!/usr/bin/env python3
"""An OSDP reader (libosdp) at a terminal, driven by lines on standard input.

    reader.py DEVICE --address N [--key HEX] [--insist]

Without --key it is as it leaves the factory: it takes SCBK-D and a new key. With --insist it refuses clear text.

Input:   card BITS HEX | keys HEX | tamper 0|1 | quit
Output:  ready | session 0|1 | command NAME FIELDS…
"""
import argparse
import os
import select
import sys
import termios
import tty

import osdp

NAMES = {
    osdp.Command.Output: "OUT",
    osdp.Command.LED: "LED",
    osdp.Command.Buzzer: "BUZ",
    osdp.Command.Text: "TEXT",
    osdp.Command.Keyset: "KEYSET",
    osdp.Command.Comset: "COMSET",
    osdp.Command.ComsetDone: "COMSET-DONE",
    osdp.Command.Status: "STATUS",
}


def tell(*words):
    print(*words, flush=True)


class Terminal(osdp.Channel):
    def __init__(self, path):
        super().__init__()
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.descriptor)
        # Nobody answers what was asked before the reader was there.
        termios.tcflush(self.descriptor, termios.TCIOFLUSH)

    def read(self, max_bytes):
        try:
            return os.read(self.descriptor, max_bytes)
        except BlockingIOError:
            return b""

    def write(self, buf):
        try:
            return os.write(self.descriptor, buf)
        except BlockingIOError:
            return 0

    def flush(self):
        termios.tcflush(self.descriptor, termios.TCIFLUSH)


def carry_out(command):
    name = NAMES.get(command["command"], str(command["command"]))
    hidden = {"command"} if name != "KEYSET" else {"command", "data"}
    tell("command", name, *(f"{key}={value}" for key, value in sorted(command.items()) if key not in hidden))
    return 0, command


def capabilities():
    function = osdp.Capability
    return osdp.PDCapabilities([
        (function.OutputControl, 1, 2),
        (function.LEDControl, 1, 2),
        (function.AudibleControl, 1, 1),
        (function.TextOutput, 1, 1),
        (function.CheckCharacter, 1, 0),
        (function.CommunicationSecurity, 1, 1),
        (function.Readers, 1, 1),
    ])


def submit(device, words):
    match words:
        case ["card", bits, data]:
            device.ctx.submit_event({
                "event": osdp.Event.CardRead, "reader_no": 0, "format": osdp.CardFormat.Wiegand, "direction": 0,
                "length": int(bits), "data": bytes.fromhex(data),
            })
        case ["keys", data]:
            device.ctx.submit_event({"event": osdp.Event.KeyPress, "reader_no": 0, "data": bytes.fromhex(data)})
        case ["tamper", state]:
            device.ctx.submit_event({
                "event": osdp.Event.Status, "type": osdp.StatusReportType.Local, "report": bytes([int(state), 0]),
            })
        case ["quit"]:
            sys.exit(0)
        case _:
            sys.exit(f"reader: unknown line {words}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("device")
    parser.add_argument("--address", type=int, required=True)
    parser.add_argument("--key", type=bytes.fromhex)
    parser.add_argument("--insist", action="store_true")
    options = parser.parse_args()

    terminal = Terminal(options.device)
    flags = [osdp.LibFlag.EnforceSecure] if options.insist else []
    information = osdp.PDInfo(options.address, terminal, scbk=options.key, flags=flags)
    device = osdp.PeripheralDevice(
        information, capabilities(), log_level=osdp.LogLevel.Critical, command_handler=carry_out)
    os.set_blocking(sys.stdin.fileno(), False)
    pending = b""
    had_session = False
    tell("ready")
    while True:
        readable, _, _ = select.select([terminal.descriptor, sys.stdin], [], [], 0.01)
        if sys.stdin in readable:
            data = os.read(sys.stdin.fileno(), 4096)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                submit(device, line.decode().split())
        device.ctx.refresh()
        has_session = bool(device.is_sc_active())
        if has_session != had_session:
            tell("session", int(has_session))
            had_session = has_session


if __name__ == "__main__":
    main()
