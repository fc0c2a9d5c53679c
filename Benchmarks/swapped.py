"""Whether people are kept waiting while a list comes: `decision_during`.

    swapped.py PROGRAMS FOLDER [ORDERS]

PROGRAMS holds gatehoused and gatehouse-central. Decisions are asked for over the gate's control socket, one after the other:
with the list in force and nothing else to do, while a list of ORDERS is fetched, verified and put in force, and while the gate
merges a change into it. The central service makes what it publishes before, so that it takes no time of the processor then.
Prints one JSON object a line, with the ratio to the quiet decisions. Only Python's standard library.
"""
import os
import shutil
import sys
import time

from town import Town, percentile, placeholder, say, stop

orders = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000
town = Town(sys.argv[1], sys.argv[2])
files = f"{town.folder}/state/files"
# Listed people would be reported, which waits for the disk.
clear = [placeholder(20_000_000 + number) for number in range(500)]


def ask(seconds, until=lambda: False):
    """How long decisions take, one after the other with pauses, for so long or until something is so."""
    taken = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (len(taken) % 16 == 0 and until()):
        started = time.monotonic()
        town.decision(clear[len(taken) % len(clear)])
        taken.append(time.monotonic() - started)
        time.sleep(0.001)
    return taken


def is_stored(version):
    return any(name.endswith(f"bulk%2F{version}.book") for name in os.listdir(files))


def tell(name, taken, quiet):
    for word, share in (("p50", 0.5), ("p99", 0.99)):
        ours, peer = percentile(taken, share) * 1e6, percentile(quiet, share) * 1e6
        say(f"decision_during.{name}.{word}", ours, "us", peer="quiet", peer_value=round(peer), ratio=round(ours / peer, 2))


town.import_orders(range(orders))
central, gate = town.serve(), town.start_gate()
try:
    town.wait_for(placeholder(0), "isolation", 600)
    ask(2)
    quiet = ask(20)

    stop([central, gate])
    shutil.rmtree(files)
    gate = town.start_gate()
    town.wait_for(clear[0], "no-mandate")
    central = town.serve()
    started = time.monotonic()
    taken = ask(300, lambda: is_stored(2))
    say("decision_during.fetch.time", time.monotonic() - started, "s")
    tell("fetch", taken, quiet)
    town.wait_for(placeholder(0), "isolation", 600)

    stop([central])
    town.central(
        "orders", "lift", "--order", "1", "--operator", "bench", "--because", "the base changes with it")
    town.central("orders", "approve", "--operator", "bench", "--key", town.second_key)
    central = town.serve()
    started = time.monotonic()
    taken = ask(300, lambda: is_stored(4))
    say("decision_during.merge.time", time.monotonic() - started, "s")
    tell("merge", taken, quiet)
finally:
    stop([central, gate])
