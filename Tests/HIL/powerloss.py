"""What a power cut leaves on the disk: one run of the daemon, and many states of the disk rebuilt from it.

QEMU logs every write and flush. A state is all that was written before the last flush up to some moment, and of what was
written since only a part, single sectors of it torn. Each is mended as a start would, and looked at: the database is whole,
its chain of events has no gap, and nothing is missing that the daemon had confirmed.
"""

import hashlib
import random
import re
import shutil
import sqlite3
import struct
import subprocess
from pathlib import Path

DISK = 24 << 20
# The last blocks are no part of the file system.
NOTE = DISK - 4096
SECTOR = 512
# Of the log: https://docs.kernel.org/admin-guide/device-mapper/log-writes.html
LOG_MAGIC = 0x6A736677736872
IS_FLUSH, IS_FUA, IS_DISCARD = 1, 2, 4


class Write:
    def __init__(self, offset, data, flags):
        self.offset = offset
        self.data = data
        self.is_flush = bool(flags & IS_FLUSH)
        self.is_durable = bool(flags & IS_FUA)
        found = re.match(rb"confirmed (\d+)\n", data) if data and offset == NOTE else None
        self.confirmed = int(found.group(1)) if found else None


class Recording:
    """A run of the daemon that ended with the plug pulled, after so many releases."""

    def __init__(self, rig, name, releases, mount="defaults", preload=""):
        self.folder = rig.folder / "power"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        disk, log = self.folder / "disk", self.folder / "log"
        with open(disk, "wb") as file:
            file.truncate(DISK)
        log.write_bytes(b"")
        subprocess.run(
            ["mkfs.ext4", "-q", "-F", "-b", "1024", "-J", "size=2", "-E", "lazy_itable_init=0,lazy_journal_init=0",
             disk, str((DISK >> 10) - 64)],
            check=True)
        self.start = disk.read_bytes()
        machine = rig.machine(
            "power.sh", {"HIL_NOTE": NOTE, "HIL_MOUNT": mount, "HIL_PRELOAD": preload},
            ["-blockdev", f"driver=blklogwrites,node-name=disk,file.driver=file,file.filename={disk},log.driver=file,"
             f"log.filename={log},log-sector-size={SECTOR},log-super-update-interval=1",
             "-device", "virtio-blk-pci,drive=disk"])
        said = []
        for line in machine.lines():
            said.append(line)
            if line == f"confirmed {releases}":
                break
        else:
            reasons = " ".join([*said[-3:], machine.ending(), *machine.last_words(3)])
            raise RuntimeError(f"{name}: {releases} releases were not confirmed: {reasons}")
        machine.switch_off()
        self.writes = read_log(log.read_bytes())

    def states(self, count, seed=1):
        """Pairs of a disk and the number of the last release confirmed by then."""
        chance = random.Random(seed)
        first = next(index for index, write in enumerate(self.writes) if write.confirmed)
        durable, done = bytearray(self.start), 0
        confirmed = 0
        for moment in sorted(chance.randrange(first + 1, len(self.writes)) for _ in range(count)):
            flush = max((i for i, write in enumerate(self.writes[:moment]) if write.is_flush), default=0)
            for write in self.writes[done:flush]:
                put(durable, write.offset, write.data)
            done = max(done, flush)
            disk = bytearray(durable)
            fate = chance.choice(["all", "none", "some", "torn"])
            for write in self.writes[done:moment]:
                if write.is_durable or fate == "all" or (fate == "some" and chance.random() < 0.5):
                    put(disk, write.offset, write.data)
                elif fate == "torn":
                    for start in range(0, len(write.data), SECTOR):
                        if chance.random() < 0.5:
                            put(disk, write.offset + start, write.data[start:start + SECTOR])
            confirmed = max(write.confirmed or 0 for write in self.writes[:moment])
            yield bytes(disk), confirmed


def put(disk, offset, data):
    disk[offset:offset + len(data)] = data


def read_log(log):
    magic, _, count, sector = struct.unpack_from("<QQQI", log)
    if magic != LOG_MAGIC:
        raise RuntimeError("the log of the disk is empty")
    writes, place = [], sector
    for _ in range(count):
        start, sectors, flags, _ = struct.unpack_from("<QQQQ", log, place)
        place += sector
        size = 0 if flags & IS_DISCARD else sectors * sector
        writes.append(Write(start * sector, log[place:place + size], flags))
        place += size
    return writes


def trouble(disk, confirmed, folder):
    """What is wrong with a disk after it was mended; `None` for nothing."""
    image, files = folder / "state", folder / "files"
    image.write_bytes(disk)
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    subprocess.run(["e2fsck", "-fy", image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    subprocess.run(
        ["debugfs", "-R", f"rdump /state {files}", image], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        check=False)
    ledger = files / "state" / "ledger.sqlite"
    if not ledger.exists():
        return "damaged: the ledger is not there"
    try:
        database = sqlite3.connect(ledger)
        try:
            if not database.execute("SELECT * FROM sqlite_master").fetchone():
                return f"lost: the whole ledger, with {confirmed} confirmed releases"
            return damage(database) or missing(database, confirmed)
        finally:
            database.close()
    except sqlite3.Error as error:
        return f"damaged: {error}"


def damage(database):
    whole = database.execute("PRAGMA integrity_check").fetchone()[0]
    if whole != "ok":
        return f"damaged: {whole.splitlines()[0]}"
    gate = database.execute("SELECT name FROM gate").fetchone()[0]
    streams = database.execute(
        "SELECT ordinal, epoch, anchorSequence, anchorHash, nextSequence, lastHash FROM stream").fetchall()
    for ordinal, epoch, sequence, last, following, final in streams:
        if sequence == 0 and last != hashlib.sha256(f"gatehouse ledger v1\0{gate}\0{epoch}".encode()).hexdigest():
            return "damaged: the chain does not begin with its gate"
        for number, body, link in database.execute(
                "SELECT sequence, body, hash FROM event WHERE stream = ? ORDER BY sequence", (ordinal,)):
            sequence += 1
            last = hashlib.sha256(last.encode() + struct.pack(">Q", number) + body.encode()).hexdigest()
            if number != sequence or link != last:
                return f"damaged: the chain is broken at event {sequence}"
        if (sequence + 1, last) != (following, final):
            return "damaged: the chain is not as long as it was"
    return None


def missing(database, confirmed):
    bodies = "\n".join(body for (body,) in database.execute("SELECT body FROM event"))
    held = {int(number) for number in re.findall(r"release (\d+)\.", bodies)}
    lost = set(range(1, confirmed + 1)) - held
    return f"lost: {len(lost)} of {confirmed} confirmed releases" if lost else None


def run(rig, results):
    def judge(name, count, releases, **options):
        recording = Recording(rig, name, releases, **options)
        found = []
        for disk, confirmed in recording.states(count):
            found.append(trouble(disk, confirmed, recording.folder))
        print(f"          {name}: {releases} confirmed releases, {count} states of the disk", flush=True)
        return recording, [text for text in found if text]

    group = "power"
    recording, found = judge("synchronous=FULL", 150, 80)
    for kind, words in (("damaged", "after a power cut the ledger is whole and its chain has no gap"),
                        ("lost", "nothing that was confirmed is missing")):
        reasons = [text for text in found if text.startswith(kind)]
        results.add(group, words, f"in {len(reasons)} states, such as {reasons[0]}" if reasons else None)

    # The last state as a disk of the machine: its own kernel mends it, and the daemon looks at it.
    disk, _ = list(recording.states(20, seed=2))[-1]
    left = recording.folder / "left"
    left.write_bytes(disk)
    after = ["-drive", f"file={left},format=raw,if=virtio"]
    results.collect(group, rig.machine("power.sh", {"HIL_AFTER": 1}, after))

    # Whoever looks and finds nothing has to show that there was something to be found.
    for name, words, options in (
            ("synchronous=NORMAL", "a ledger that does not wait for the disk is noticed",
             {"preload": "/hil/helpers/normal_preload"}),
            ("barrier=0", "a file system that does not wait for the disk is noticed", {"mount": "barrier=0"})):
        _, found = judge(name, 40, 60, **options)
        if found:
            print(f"          {name}: {len(found)} of 40 states, such as {found[0]}", flush=True)
        results.add(group, words, None if found else "none of 40 states had anything wrong")
