"""How soon an order that is added at the central service is in force at a gate, `order_delta_enforced`, and what the gate
writes to its disk for each, `order_delta_written`.

    enforced.py PROGRAMS FOLDER [ROUNDS] [GATES]

PROGRAMS holds gatehoused and gatehouse-central. One gate runs for real, on a list of a thousand orders; GATES more are
simulated: each waits for the hint and then fetches timestamp, snapshot, the roles that changed and the delta, as a gate does.
Prints one JSON object a line. Only Python's standard library.
"""
import asyncio
import json
import sys
import time

from town import Town, day, percentile, placeholder, say, stop, written

rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 100
gates = int(sys.argv[4]) if len(sys.argv) > 4 else 1000
town = Town(sys.argv[1], sys.argv[2])


def add(number):
    town.central(
        "orders", "add", "--document", placeholder(number), "--kind", "isolation", "--reason", "close-contact", "--ends",
        day(5), "--household", f"H{number}", "--order", str(1_000_000 + number), "--accept-placeholders")


def report(name, values):
    for word, share in (("p50", 0.5), ("p99", 0.99)):
        say(f"{name}.{word}", percentile(values, share) * 1000, "ms")


class Simulated:
    """A gate as the central service sees it."""

    def __init__(self):
        self.snapshot = 0

    async def get(self, path):
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: gate\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        return await self.reader.readexactly(length)

    async def look(self):
        """What a gate fetches. Gives the version of the list that it comes to."""
        timestamp = json.loads(await self.get("/metadata/timestamp.json"))["signed"]
        self.snapshot = timestamp["meta"]["snapshot.json"]["version"]
        snapshot = json.loads(await self.get(f"/metadata/{self.snapshot}.snapshot.json"))["signed"]
        version = snapshot["meta"]["orders.json"]["version"]
        orders = json.loads(await self.get(f"/metadata/{version}.orders.json"))["signed"]
        newest = max((int(name.split("-")[1].split(".")[0]) for name in orders["targets"]), default=0)
        for name, target in orders["targets"].items():
            if name == f"orders/{newest - 1}-{newest}.delta":
                await self.get(f"/targets/orders/{target['hashes']['sha256']}.{newest - 1}-{newest}.delta")
        return newest

    async def run(self, reached):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", town.port, limit=1 << 20)
        while True:
            reached(await self.look(), time.monotonic())
            while json.loads(await self.get(f"/v1/changes?after={self.snapshot}&wait=30"))["version"] == self.snapshot:
                pass


async def fleet():
    """From the call of `orders add` until each of many gates has the change, all of them at once."""
    times = {}

    def reached(version, now):
        times.setdefault(version, []).append(now)

    tasks = [asyncio.create_task(Simulated().run(reached)) for _ in range(gates)]
    while sum(map(len, times.values())) < gates:
        await asyncio.sleep(0.05)
    taken = []
    for number in range(max(3, rounds // 10)):
        newest = max(times)
        started = time.monotonic()
        await asyncio.to_thread(add, 20_000 + number)
        while len(times.get(newest + 1, [])) < gates:
            await asyncio.sleep(0.01)
            if time.monotonic() - started > 60:
                sys.exit(f"enforced: only {len(times.get(newest + 1, []))} of {gates} gates have the change")
        taken += [at - started for at in times[newest + 1]]
        await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    report(f"order_delta_enforced.{gates}_gates", taken)


town.import_orders(range(50_000, 51_000))
servers = [town.serve(), town.start_gate()]
try:
    town.wait_for(placeholder(50_000), "isolation")
    taken = []
    for number in range(rounds):
        document = placeholder(number)
        if town.decision(document) == "isolation":
            sys.exit("enforced: somebody is on the list already")
        started = time.monotonic()
        add(number)
        while town.decision(document) != "isolation":
            time.sleep(0.001)
            if time.monotonic() - started > 30:
                sys.exit("enforced: the order is not in force after 30 s")
        taken.append(time.monotonic() - started)
        time.sleep(0.05)
    report("order_delta_enforced", taken)
    # Nobody comes to the gate meanwhile.
    before = written(servers[1])
    for number in range(64):
        add(30_000 + number)
        time.sleep(0.1)
    time.sleep(1)
    say("order_delta_written", (written(servers[1]) - before) / 64 / 1024, "KiB/change")
    if gates:
        asyncio.run(fleet())
finally:
    stop(servers)
