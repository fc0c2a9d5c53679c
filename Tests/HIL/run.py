#!/usr/bin/env python3
"""Runs the daemon against real kernel drivers in a virtual machine. `scripts/hil` installs what this needs and starts it.

Prints a line for each test and, last, 'N passed, N failed'. The exit status is 0 only if none failed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import powerloss
from debian import Kernel
from machine import DONE, RESET, Machine, write_first_file_system

ROOT = Path(__file__).resolve().parents[2]

# The groups of tests in the order in which they run. Each is a script in `guest`, and but for the last one start of the
# machine.
GROUPS = ["gpio", "gpiod", "latency", "wiegand", "serial", "hid", "idcard", "watchdog", "power"]


class Results:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def add(self, group, words, reason=None):
        if reason is None:
            self.passed += 1
            print(f"  passed  {group}: {words}", flush=True)
        else:
            self.failed += 1
            print(f"  FAILED  {group}: {words}: {reason}", flush=True)

    def collect(self, group, machine):
        """Takes what a guest script prints: each line is a result, a note or of no interest."""
        ends_by_reset = group == "watchdog"
        before = self.passed + self.failed
        last = ""
        for line in machine.lines():
            if line.startswith("ok "):
                self.add(group, line[3:])
            elif line.startswith("not ok "):
                words, _, reason = line[7:].partition(": ")
                self.add(group, words, reason or "no reason was given")
            elif line:
                print(f"          {line.removeprefix('# ')}", flush=True)
            last = line or last
        ending = machine.ending()
        if ends_by_reset and ending == RESET and last == "# the daemon hangs":
            self.add(group, "a daemon that hangs: the machine starts anew")
        elif ending != DONE or ends_by_reset or self.passed + self.failed == before:
            self.add(group, "the tests run to their end", ending)
            for line in machine.last_words():
                print(f"          {line}", flush=True)


class Rig:
    """What every run of the machine shares."""

    def __init__(self, kernel, programs, folder):
        self.kernel = kernel
        self.programs = programs
        self.folder = folder
        self.town = folder / "town"
        self.first_file_system = folder / "first-file-system.cpio"

    def prepare(self):
        self.kernel.prepare()
        write_first_file_system(self.kernel, self.first_file_system)
        if not (self.town / "central.token").exists():
            central = [self.programs / "gatehouse-central"]
            data = ["--data", self.town / "central"]
            subprocess.run([*central, "init", "--deployment", "hil-town", *data], check=True, stdout=subprocess.PIPE)
            token = subprocess.run([*central, "gate", "add", "hil-gate", *data], check=True, stdout=subprocess.PIPE)
            (self.town / "central.token").write_bytes(token.stdout)
            (self.town / "central.token").chmod(0o600)

    def shim_programs(self):
        """The folder of the programs that drive the shim over libgpiod, one for each generation of the library."""
        folder = self.folder / "gpiod"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        environment = {"CC": "gcc", **os.environ}
        subprocess.run([ROOT / "scripts" / "build-gpiod-test", "drive", folder], check=True, env=environment)
        return folder

    def machine(self, script, settings=None, devices=()):
        words = {"HIL_PROGRAMS": self.programs, "HIL_TOWN": self.town, **(settings or {})}
        return Machine(
            self.kernel, self.first_file_system, script, self.folder / f"{script}.console", words, devices)


def run_group(rig, name, results):
    if name == "power":
        try:
            powerloss.run(rig, results)
        except RuntimeError as error:
            results.add(name, "the tests run to their end", str(error))
    elif name == "gpiod":
        try:
            programs = rig.shim_programs()
        except subprocess.CalledProcessError:
            results.add(name, "the programs are built", "what the compiler or the fetch says stands above")
        else:
            results.collect(name, rig.machine("gpiod.sh", {"HIL_GPIOD": programs}))
    else:
        results.collect(name, rig.machine(f"{name}.sh"))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--kernel", required=True, help="the ABI of Debian's kernel, such as 6.1.0-56-amd64")
    arguments.add_argument("--programs", required=True, type=Path, help="the folder of gatehoused and the others")
    arguments.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}; all of them if none is named")
    options = arguments.parse_args()
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        arguments.error(f"there is no group {', '.join(sorted(unknown))}; there is {', '.join(GROUPS)}")

    cache = ROOT / ".build" / "hil"
    rig = Rig(Kernel(options.kernel, cache), options.programs.resolve(), cache / "run")
    rig.folder.mkdir(parents=True, exist_ok=True)
    rig.prepare()
    results = Results()
    for name in options.groups or GROUPS:
        began = time.monotonic()
        run_group(rig, name, results)
        print(f"          ({name}: {time.monotonic() - began:.0f} s)", flush=True)
    print(f"{results.passed} passed, {results.failed} failed")
    sys.exit(0 if results.failed == 0 else 1)


main()
