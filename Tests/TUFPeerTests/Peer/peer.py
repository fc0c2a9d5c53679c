#!/usr/bin/env python3
"""Drives gatehouse-tuf and python-tuf's own client over the same repositories, good and attacked, and compares.

Usage: peer.py PROGRAM [CASE...]

Prints a line for each case: `ok NAME`, or `failed NAME: why`; at the end `done NUMBER`.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import os
import pathlib
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from clients import Gatehouse, Reference
from repository import KEY_KINDS, Repository, Server, endless, redirect, slow, truncated
from tuf.api.metadata import MetaFile, Root

CASES = {}


def case(*variants):
    """Registers a case, once for each variant (a tuple of arguments)."""

    def register(function):
        for variant in variants or [()]:
            name = function.__name__.replace("_", " ")
            if variant:
                name += " (" + ", ".join(str(value) for value in variant) + ")"
            CASES[name] = (function, variant)
        return function

    return register


class Bench:
    """A repository, its server and both clients, which begin with the root of now."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.server = Server(repository)
        self.ours = Gatehouse()
        self.theirs = Reference()
        root = repository.signed("root")
        assert self.ours.init(root), self.ours.output
        assert self.theirs.init(root)
        assert not self.server.requests, "init asked the network"

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *arguments: object) -> None:
        self.server.close()
        self.ours.remove()
        self.theirs.remove()

    def _both(self, name: str, expected: bool, *arguments: object) -> None:
        asked = []
        for client in (self.theirs, self.ours):
            self.server.requests.clear()
            outcome = getattr(client, name)(self.server.base, *arguments)
            who = "gatehouse-tuf" if client is self.ours else "python-tuf"
            assert outcome == expected, f"{who}: {name} gave {outcome}, not {expected}: {client.output}"
            asked.append(list(self.server.requests))
        self.same_trust()
        assert self.ours.downloaded() == self.theirs.downloaded(), "other files were downloaded"
        self.asked_by_reference, self.asked = asked

    def refresh(self, expected: bool = True, same_requests: bool = True) -> None:
        self._both("refresh", expected)
        if same_requests:
            assert self.asked == self.asked_by_reference, f"{self.asked} instead of {self.asked_by_reference}"

    def download(self, *names: str, expected: bool = True, same_requests: bool = True) -> None:
        self._both("download", expected, *names)
        if same_requests:
            assert self.asked == self.asked_by_reference, f"{self.asked} instead of {self.asked_by_reference}"

    def same_trust(self) -> None:
        ours, theirs = self.ours.trusted(), self.theirs.trusted()
        assert ours == theirs, f"trusts {sorted(ours)} instead of {sorted(theirs)}, or other content; {self.ours.output}"

    def version(self, role: str) -> int:
        return json.loads(self.ours.trusted()[f"{role}.json"])["signed"]["version"]

    def says(self, text: str) -> None:
        assert text in self.ours.output, f"{text!r} is not in {self.ours.output!r}"


# Right repositories


@case(*[(kind, consistent, hashes) for kind in ("ed25519", "ecdsa", "rsa") for consistent in (True, False)
        for hashes in (True, False) if kind == "ed25519" or hashes])
def refresh_and_download(kind: str, consistent: bool, hashes: bool) -> None:
    repository = Repository(kind, consistent, hashes)
    repository.add_target("targets", "file.txt", b"content")
    repository.add_target("targets", "a/b/c d", b"")
    repository.add_target("targets", "a/b/c d", b"more")
    repository.publish_all()
    with Bench(repository) as bench:
        bench.refresh()
        bench.download("file.txt", same_requests=False)
        prefix = len([name for name in bench.asked if name.startswith("targets/")])
        assert prefix == 1
        bench.download("file.txt", "a/b/c d", same_requests=False)
        assert not [name for name in bench.asked if "file.txt" in name], "it fetched again what was there"
        repository.add_target("targets", "file.txt", b"new content")
        repository.publish_all()
        bench.download("file.txt", same_requests=False)
        assert bench.ours.downloaded()["file.txt"] == b"new content"
        bench.download("absent", expected=False)


@case(("ed25519",), ("ecdsa",), ("rsa",))
def thresholds_of_all_kinds(kind: str) -> None:
    repository = Repository()
    for role in ("root", "timestamp", "snapshot", "targets"):
        repository.add_key(role, kind)
        repository.add_key(role, "ecdsa")
        repository.root.roles[role].threshold = 3
    repository.publish("root", "targets", "snapshot", "timestamp")
    with Bench(repository) as bench:
        bench.refresh()
        repository.signers["snapshot"].pop()
        repository.publish("snapshot", "timestamp")
        bench.refresh(expected=False)
        bench.says("2 valid signature(s) of the 3")
        assert bench.version("timestamp") == 3 and bench.version("snapshot") == 2


@case(("ed25519",), ("ecdsa",), ("rsa",))
def every_role_changes_keys(kind: str) -> None:
    repository = Repository()
    repository.add_target("targets", "t", b"1")
    repository.publish_all()
    with Bench(repository) as bench:
        bench.refresh()
        for role in ("root", "timestamp", "snapshot", "targets"):
            repository.rotate(role, kind)
            repository.publish("root")
            if role == "root":
                repository.signers["root"] = repository.signers["root"][:1]
            repository.publish("targets", "snapshot", "timestamp")
        bench.refresh()
        assert bench.version("root") == 5
        bench.download("t", same_requests=False)


# Keys of the role, threshold, who signs, and whether a client takes it: one version after the other.
ROTATIONS = {
    "one by one": [([1], 1, [1], True), ([2], 1, [2, 1], True), ([2], 1, [2], True)],
    "foreign signatures too": [([1], 1, [3, 1, 4], True), ([2], 1, [3, 2, 1, 4], True), ([2], 1, [3, 2, 4], True)],
    "other signers": [([0, 1, 2, 3, 4], 3, [0, 2, 4], True), ([0, 1, 2, 3, 4], 3, [1, 2, 3], True)],
    "one of five": [([0, 1, 2, 3, 4], 3, [0, 2, 4], True), ([0, 1, 3, 4, 5], 3, [0, 1, 4], True)],
    "all of five": [([0, 1, 2, 3, 4], 3, [0, 2, 4], True), ([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7], True),
                    ([5, 6, 7, 8, 9], 3, [5, 6, 7], True)],
    "threshold up": [([1, 2, 3], 1, [1], True), ([1, 2, 3], 2, [1, 2], True)],
    "threshold down": [([1, 2, 3], 2, [1, 2], True), ([1, 2, 3], 1, [1, 2], True), ([1, 2, 3], 1, [1], True)],
    "without the old": [([1], 1, [1], True), ([2], 1, [2, 3], False)],
    "without the new": [([1], 1, [1], True), ([2], 1, [1, 3], False)],
    "too few new": [([0, 1, 2, 3, 4], 3, [0, 2, 4], True), ([0, 1, 3, 4, 5], 3, [0, 2, 4], False)],
    "too few old": [([0, 1, 2, 3, 4], 3, [0, 2, 4], True), ([0, 1, 3, 4, 5], 3, [0, 4, 5], False)],
    "threshold up, not reached": [([1, 2, 3], 1, [1], True), ([1, 2, 3], 2, [2], False)],
    "threshold down, old not reached": [([1, 2, 3], 2, [1, 2], True), ([1, 2, 3], 1, [1], False)],
}


@case(*[(name,) for name in ROTATIONS])
def root_rotations(name: str) -> None:
    signers = [KEY_KINDS["ed25519"]() for _ in range(10)]
    repository = Repository()
    repository.files = {path: data for path, data in repository.files.items() if not path.endswith("root.json")}
    repository.root.version = 0

    def publish(keys: list[int], threshold: int, signing: list[int]) -> None:
        role = repository.root.roles["root"]
        role.keyids.clear()
        role.threshold = threshold
        for index in keys:
            repository.root.add_key(signers[index].public_key, "root")
        repository.signers["root"] = [signers[index] for index in signing]
        repository.publish("root")

    first, *others = ROTATIONS[name]
    publish(*first[:3])
    with Bench(repository) as bench:
        for index, (keys, threshold, signing, expected) in enumerate(others):
            publish(keys, threshold, signing)
            bench.refresh(expected)
            assert bench.version("root") == index + (2 if expected else 1)


@case(("timestamp",), ("snapshot",), ("targets",))
def rotations_below_the_root(role: str) -> None:
    signers = [KEY_KINDS["ecdsa"]() for _ in range(6)]
    repository = Repository()
    with Bench(repository) as bench:
        for keys, threshold, signing, expected in [
            ([2], 1, [2], True), ([1], 1, [3, 1, 4], True), ([2], 1, [1, 3, 4], False),
            ([0, 1, 3, 4, 5], 3, [0, 2, 4], False), ([0, 1, 2, 3, 4], 3, [0, 4, 1], True),
        ]:
            repository.root.roles[role].keyids.clear()
            repository.root.roles[role].threshold = threshold
            for index in keys:
                repository.root.add_key(signers[index].public_key, role)
            repository.signers[role] = [signers[index] for index in signing]
            repository.publish("root", "targets", "snapshot", "timestamp")
            for client in (bench.theirs, bench.ours):
                assert client.refresh(bench.server.base) == expected, client.output
            if expected:
                bench.same_trust()


@case()
def a_delegated_role_that_has_expired() -> None:
    repository = Repository()
    repository.delegate("targets", "A")
    repository.add_target("A", "first", b"first")
    repository.add_target("A", "second", b"second")
    repository.bodies["A"].expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    repository.publish_all("A")
    with Bench(repository) as bench:
        bench.download("first", same_requests=False)
        time.sleep(3.1)
        bench.download("second", expected=False)
        bench.says("A.json expired")
        repository.bodies["A"].expires = repository.safe_end
        repository.publish_all("A")
        bench.download("second", same_requests=False)


@case()
def many_roots_and_their_limit() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        for _ in range(20):
            repository.rotate("root")
            repository.publish("root")
            repository.signers["root"] = repository.signers["root"][:1]
        bench.theirs.config.max_root_rotations = 7
        assert bench.theirs.refresh(bench.server.base)
        assert bench.ours.refresh(bench.server.base, "--max-root-rotations", "7")
        assert bench.version("root") == 8
        bench.same_trust()
        bench.theirs.config.max_root_rotations = 256
        bench.refresh()
        assert bench.version("root") == 21


GRAPHS = {
    "one": [("targets", "A")],
    "depth first": [("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D")],
    "terminating": [("targets", "A"), ("targets", "B"), ("A", "C", True), ("A", "D")],
    "terminating with children": [("targets", "A"), ("targets", "B"), ("A", "C", True), ("C", "D")],
    "cyclic": [("targets", "A"), ("targets", "B"), ("B", "C"), ("C", "D"), ("D", "B")],
    "shared": [("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C")],
    "other paths": [("targets", "A", False, ["*.py"]), ("targets", "B"), ("A", "C")],
    "other paths deeper": [("targets", "A"), ("targets", "B"), ("A", "C", False, ["*.py"]), ("C", "D")],
    "hash prefixes": [("targets", "A", False, None, ["0", "1", "2", "3", "4", "5", "6", "7"]),
                      ("targets", "B", False, None, ["8", "9", "a", "b", "c", "d", "e", "f"])],
    "chain": [("targets", "r0")] + [(f"r{index}", f"r{index + 1}") for index in range(40)],
    "fan": [("targets", f"r{index}") for index in range(40)],
}


@case(*[(name,) for name in GRAPHS])
def delegations(name: str) -> None:
    repository = Repository()
    for delegator, role, *rest in GRAPHS[name]:
        repository.delegate(delegator, role, paths=rest[1] if len(rest) > 1 else None,
                            terminating=bool(rest and rest[0]), prefixes=rest[2] if len(rest) > 2 else None)
    roles = sorted({entry[1] for entry in GRAPHS[name]})
    for role in roles:
        repository.add_target(role, f"of-{role}", role.encode())
    repository.publish_all(*roles)
    with Bench(repository) as bench:
        bench.download("missing", expected=False)
        repository.add_target(roles[-1], "late", b"late")
        repository.publish_all(*roles[-1:])
        found = bench.theirs.download(bench.server.base, "late")
        bench.download("late", expected=found, same_requests=False)


@case(("?",), ("#",), ("/x",), ("../x",), ("é ü",), ("a%20b",), (".",), ("..",), ("a.b",), ("a b",))
def unusual_role_names(role: str) -> None:
    repository = Repository()
    repository.delegate("targets", role)
    repository.add_target(role, "t", b"t")
    repository.publish_all(role)
    with Bench(repository) as bench:
        bench.download("missing", expected=False)
        bench.download("t", same_requests=False)
        assert sorted(path.name for path in bench.ours.directory.iterdir()) == [
            "initial_root.json", "metadata", "targets"]


@case(("a/b",), ("/abs",), ("x%2Fy",), ("é",), ("-dash",), ("a b",))
def unusual_target_names(name: str) -> None:
    repository = Repository(consistent=False)
    repository.add_target("targets", name, b"t")
    repository.publish_all()
    with Bench(repository) as bench:
        # Both write the same file, or neither does.
        expected = bench.theirs.download(bench.server.base, name)
        assert bench.ours.download(bench.server.base, name) == expected, bench.ours.output
        assert bench.ours.downloaded() == bench.theirs.downloaded()


@case()
def a_target_name_does_not_lead_out_of_the_folder() -> None:
    repository = Repository(consistent=False)
    repository.add_target("targets", "../../up", b"t")
    repository.publish_all()
    with Bench(repository) as bench:
        # python-tuf takes the dots out of the URL and finds nothing there.
        assert bench.ours.download(bench.server.base, "../../up"), bench.ours.output
        assert bench.ours.downloaded() == {"..%2F..%2Fup": b"t"}


@case((1,), (4,), (5,), (10,))
def hash_bins(bits: int) -> None:
    repository = Repository()
    bins = repository.delegate_bins(bits, "bin")
    names = [f"file-{index}" for index in range(3)]
    for name in names:
        repository.add_target(bins.get_role_for_target(name), name, name.encode())
    used = [bins.get_role_for_target(name) for name in names] + [bins.get_role_for_target("missing")]
    for role in bins.get_roles():
        repository.snapshot.meta[f"{role}.json"] = MetaFile(1)
    repository.publish_all(*dict.fromkeys(used))
    with Bench(repository) as bench:
        bench.download("missing", expected=False)
        bench.download(*names, same_requests=False)


@case()
def unrecognised_fields_stay_signed() -> None:
    repository = Repository()
    repository.root.unrecognized_fields["more"] = {"deep": [1, None, True, "é\n\"\\"]}
    repository.root.roles["timestamp"].unrecognized_fields["x"] = {"a": 1}
    keyid = repository.root.roles["snapshot"].keyids[0]
    repository.root.keys[keyid].unrecognized_fields["y"] = [1]
    repository.timestamp.unrecognized_fields["issued"] = 1_764_000_000
    repository.timestamp.snapshot_meta.unrecognized_fields["z"] = "z"
    repository.add_target("targets", "t", b"t")
    repository.targets.targets["t"].unrecognized_fields["custom"] = {"role": "orders"}
    with Bench(repository) as bench:
        repository.publish("root", "targets", "snapshot", "timestamp")
        bench.refresh()
        bench.download("t", same_requests=False)


@case()
def bytes_are_stored_as_they_came() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        repository.files["metadata/timestamp.json"] += b" \n"
        bench.refresh()
        assert bench.ours.trusted()["timestamp.json"].endswith(b" \n")


# Attacks


@case()
def a_root_not_signed_by_itself_is_not_begun_with() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        before = bench.ours.trusted()
        broken = json.loads(repository.signed("root"))
        broken["signatures"][0]["sig"] = "00" * 64
        assert not bench.ours.init(json.dumps(broken).encode())
        assert bench.ours.trusted() == before
        for garbage in (b"", b"{}", b"\xff", b"[" * 100000):
            assert not bench.ours.init(garbage)
        assert bench.ours.trusted() == before


@case()
def without_a_root_nothing_is_asked() -> None:
    with Bench(Repository()) as bench:
        (bench.ours.metadata / "root.json").unlink()
        assert not bench.ours.refresh(bench.server.base)
        assert not bench.server.requests
        bench.says("no trusted root")


@case(("root",), ("timestamp",), ("snapshot",), ("targets",))
def a_role_without_signature(role: str) -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        repository.signers[role] = []
        repository.publish("root", "targets", "snapshot", "timestamp")
        bench.refresh(expected=False)
        bench.says("valid signature")


@case(("root",), ("timestamp",), ("snapshot",), ("targets",))
def an_expired_role(role: str) -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        repository.bodies[role].expires = repository.now - datetime.timedelta(days=1)
        repository.publish("root", "targets", "snapshot", "timestamp")
        # python-tuf asks for the timestamp before it looks at the root's end.
        bench.refresh(expected=False, same_requests=role != "root")
        bench.says("expired at")
        repository.bodies[role].expires = repository.safe_end
        repository.publish("root", "targets", "snapshot", "timestamp")
        bench.refresh()


@case(("timestamp",), ("snapshot",), ("targets",))
def a_rollback(role: str) -> None:
    repository = Repository()
    with Bench(repository) as bench:
        for _ in range(3):
            repository.publish_all()
        bench.refresh()
        if role == "timestamp":
            repository.timestamp.version = 2
            repository.publish("timestamp", bump=False)
        elif role == "snapshot":
            repository.snapshot.version = 2
            repository.publish("snapshot", bump=False)
            repository.publish("timestamp")
        else:
            repository.targets.version = 2
            repository.publish("targets", bump=False)
            repository.publish("snapshot", "timestamp")
        bench.refresh(expected=False)
        bench.says("older")


@case()
def a_timestamp_of_the_same_version_changes_nothing() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        repository.timestamp.snapshot_meta.version = 100
        repository.publish("timestamp", bump=False)
        bench.refresh()


@case(("timestamp",), ("snapshot",), ("both",))
def recovery_from_a_fast_forward(rotated: str) -> None:
    repository = Repository()
    with Bench(repository) as bench:
        repository.timestamp.version = 1000
        if rotated != "timestamp":
            repository.targets.version = 1000
            repository.publish("targets")
            repository.snapshot.version = 1000
        repository.publish("snapshot", "timestamp")
        bench.refresh()
        for role in ("timestamp", "snapshot") if rotated == "both" else (rotated,):
            repository.rotate(role)
        repository.publish("root")
        if rotated != "timestamp":
            repository.targets.version = 1
            repository.snapshot.version = 1
        if rotated != "snapshot":
            repository.timestamp.version = 1
        repository.publish("targets", "snapshot", "timestamp")
        if rotated == "snapshot":
            # python-tuf keeps the timestamp, and with it the high version. The specification (5.3.11) drops both.
            assert bench.ours.refresh(bench.server.base), bench.ours.output
        else:
            bench.refresh(same_requests=False)
        assert bench.version("snapshot") == repository.snapshot.version


@case()
def a_freeze_at_an_old_timestamp_ends_with_it() -> None:
    repository = Repository()
    repository.timestamp.expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    repository.publish("timestamp")
    with Bench(repository) as bench:
        bench.refresh()
        time.sleep(2.1)
        bench.refresh(expected=False, same_requests=False)
        bench.says("timestamp.json expired")
        repository.timestamp.expires = repository.safe_end
        repository.publish("timestamp")
        bench.refresh()


@case((True,), (False,))
def mix_and_match(consistent: bool) -> None:
    repository = Repository(consistent=consistent, with_hashes=True)
    with Bench(repository) as bench:
        bench.refresh()
        repository.publish_all()
        old = dict(repository.files)
        repository.publish_all()
        # A snapshot of one state with a targets file of another.
        name = "3.targets.json" if consistent else "targets.json"
        repository.files[f"metadata/{name}"] = old["metadata/2.targets.json" if consistent else "metadata/targets.json"]
        bench.refresh(expected=False)
        assert bench.version("targets") == 1


@case(("snapshot",), ("targets",))
def a_wrong_hash_in_the_file_before(role: str) -> None:
    repository = Repository(with_hashes=True)
    with Bench(repository) as bench:
        bench.refresh()
        repository.publish("targets")
        if role == "targets":
            repository.snapshot.meta["targets.json"].hashes["sha256"] = "0" * 64
        repository.publish("snapshot")
        if role == "snapshot":
            repository.timestamp.snapshot_meta.hashes["sha256"] = "0" * 64
        repository.publish("timestamp")
        bench.refresh(expected=False)
        bench.says("sha256 differs")


@case(("snapshot",), ("targets",), ("timestamp",))
def a_file_is_not_there(role: str) -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        repository.publish_all()
        for name in (f"{role}.json", f"2.{role}.json"):
            repository.files.pop(f"metadata/{name}", None)
        bench.refresh(expected=False)
        bench.says("has no")


@case()
def a_snapshot_drops_a_role() -> None:
    repository = Repository()
    repository.delegate("targets", "A")
    repository.publish_all("A")
    with Bench(repository) as bench:
        bench.refresh()
        del repository.snapshot.meta["A.json"]
        repository.publish("snapshot", "timestamp")
        bench.refresh(expected=False)
        bench.says("no longer names A.json")


@case()
def another_type_in_place_of_a_timestamp() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        repository.signers["snapshot"] += repository.signers["timestamp"]
        repository.snapshot.meta = {"snapshot.json": MetaFile(1)}
        repository.snapshot.version = 5
        repository.files["metadata/timestamp.json"] = repository.signed("snapshot")
        bench.refresh(expected=False)
        bench.says("of type snapshot")


@case()
def one_key_under_many_ids() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        root = json.loads(repository.signed("root"))["signed"]
        own = root["roles"]["snapshot"]["keyids"][0]
        for index in range(5):
            root["keys"][f"{index:064x}"] = dict(root["keys"][own])
            root["roles"]["snapshot"]["keyids"].append(f"{index:064x}")
        root["roles"]["snapshot"]["threshold"] = 3
        repository.bodies["root"] = Root.from_dict(root)
        repository.publish("root", "targets")
        repository.publish("snapshot", "timestamp")
        path = "metadata/2.snapshot.json"
        snapshot = json.loads(repository.files[path])
        for index in range(5):
            snapshot["signatures"].append({**snapshot["signatures"][0], "keyid": f"{index:064x}"})
        repository.files[path] = json.dumps(snapshot).encode()
        assert not bench.ours.refresh(bench.server.base)
        bench.says("1 valid signature(s) of the 3")
        assert bench.version("snapshot") == 1


@case()
def a_signature_twice() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        repository.publish("snapshot", "timestamp")
        path = "metadata/2.snapshot.json"
        snapshot = json.loads(repository.files[path])
        snapshot["signatures"] *= 2
        repository.files[path] = json.dumps(snapshot).encode()
        bench.refresh(expected=False)


@case()
def a_key_of_an_unknown_kind() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        signed = json.loads(repository.signed("root"))["signed"]
        signed["version"] = 2
        signed["keys"]["f" * 64] = {"keytype": "new", "scheme": "newer", "keyval": {"public": "?"}}
        signed["roles"]["timestamp"]["keyids"].append("f" * 64)
        from securesystemslib.formats import encode_canonical

        signer = repository.signers["root"][0]
        signature = signer.sign(encode_canonical(signed).encode())
        file = {"signed": signed, "signatures": [signature.to_dict()]}
        repository.files["metadata/2.root.json"] = json.dumps(file).encode()
        assert bench.ours.refresh(bench.server.base), bench.ours.output
        assert bench.version("root") == 2


@case()
def an_endless_timestamp() -> None:
    with Bench(Repository()) as bench:
        bench.server.special["metadata/timestamp.json"] = endless
        bench.refresh(expected=False)
        bench.says("16384 bytes")


@case()
def a_redirect_is_not_followed() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.server.special["metadata/timestamp.json"] = redirect("/metadata/elsewhere.json")
        repository.files["metadata/elsewhere.json"] = repository.files["metadata/timestamp.json"]
        assert not bench.ours.refresh(bench.server.base)
        bench.says("redirect")
        assert "metadata/elsewhere.json" not in bench.server.requests


@case()
def a_slow_answer_is_given_up() -> None:
    with Bench(Repository()) as bench:
        bench.server.special["metadata/timestamp.json"] = slow
        started = time.monotonic()
        assert not bench.ours.refresh(bench.server.base, "--answer-seconds", "2")
        assert time.monotonic() - started < 6, "it waited too long"
        bench.says("took more than 2 s")


@case()
def a_truncated_snapshot() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        data = repository.files["metadata/1.snapshot.json"]
        bench.server.special["metadata/1.snapshot.json"] = truncated(data, len(data) // 2)
        bench.refresh(expected=False)
        bench.says("broke off")
        del bench.server.special["metadata/1.snapshot.json"]
        bench.refresh()


@case((b"malicious and longer",), (b"mal",), (b"",), (b"CONTENT",))
def a_target_is_replaced(evil: bytes) -> None:
    repository = Repository(consistent=False)
    repository.add_target("targets", "one", b"content")
    repository.add_target("targets", "two", b"content")
    repository.publish_all()
    with Bench(repository) as bench:
        bench.download("one", same_requests=False)
        repository.files["targets/one"] = repository.files["targets/two"] = evil
        bench.download("one", same_requests=False)
        assert bench.ours.downloaded() == {"one": b"content"}
        bench.download("two", expected=False, same_requests=False)
        assert bench.ours.downloaded() == {"one": b"content"}
        assert not bench.ours.parts(), "what was wrong stays on disk"


@case((True,), (False,))
def a_target_that_broke_off_is_gone_on_with(honours: bool) -> None:
    data = bytes(range(256)) * 4096
    repository = Repository(consistent=False)
    repository.add_target("targets", "big", data)
    repository.publish_all()
    with Bench(repository) as bench:
        bench.server.special["targets/big"] = truncated(data, 700_000)
        assert not bench.ours.download(bench.server.base, "big")
        bench.says("broke off")
        assert not bench.ours.downloaded() and bench.ours.parts()
        del bench.server.special["targets/big"]
        bench.server.honours_ranges = honours
        bench.server.ranges.clear()
        assert bench.ours.download(bench.server.base, "big"), bench.ours.output
        asked = bench.server.ranges[-1] or ""
        assert asked.startswith("bytes=") and int(asked[6:-1]) > 0, asked
        assert bench.ours.downloaded() == {"big": data} and not bench.ours.parts()


@case()
def a_target_that_changed_meanwhile_is_begun_anew() -> None:
    old, new = b"a" * 1_000_000, b"b" * 1_000_000
    repository = Repository(consistent=False)
    repository.add_target("targets", "big", old)
    repository.publish_all()
    with Bench(repository) as bench:
        bench.server.special["targets/big"] = truncated(old, 700_000)
        assert not bench.ours.download(bench.server.base, "big")
        del bench.server.special["targets/big"]
        bench.server.honours_ranges = True
        repository.add_target("targets", "big", new)
        repository.publish_all()
        assert bench.ours.download(bench.server.base, "big"), bench.ours.output
        assert bench.ours.downloaded() == {"big": new} and not bench.ours.parts()


@case()
def a_target_of_absurd_length() -> None:
    repository = Repository(consistent=False)
    repository.add_target("targets", "t", b"content")
    repository.targets.targets["t"].length = 2**63 - 1
    repository.publish_all()
    with Bench(repository) as bench:
        bench.download("t", expected=False, same_requests=False)
        bench.says("has 7 bytes")


@case()
def an_endless_target() -> None:
    repository = Repository(consistent=False)
    repository.add_target("targets", "t", b"content")
    repository.publish_all()
    with Bench(repository) as bench:
        bench.server.special["targets/t"] = endless
        bench.download("t", expected=False, same_requests=False)
        assert not bench.ours.downloaded() and not bench.ours.parts()


@case()
def without_room_what_was_there_stays() -> None:
    repository = Repository(consistent=False)
    repository.add_target("targets", "t", b"small")
    repository.publish_all()
    with Bench(repository) as bench:
        assert bench.ours.download(bench.server.base, "t")
        repository.add_target("targets", "t", b"large" * 100_000)
        repository.publish_all()
        bench.ours.largest_file = 100_000
        assert not bench.ours.download(bench.server.base, "t")
        bench.says("t: File too large")
        assert bench.ours.downloaded() == {"t": b"small"} and not bench.ours.parts()


@case()
def bandwidth_is_kept() -> None:
    data = b"x" * 600_000
    repository = Repository()
    repository.add_target("targets", "t", data)
    repository.publish_all()
    with Bench(repository) as bench:
        started = time.monotonic()
        assert bench.ours.download(bench.server.base, "t", options=("--bandwidth", "300000")), bench.ours.output
        assert time.monotonic() - started > 1.8
        assert bench.ours.downloaded() == {"t": data}


@case()
def what_was_trusted_stays_without_a_network() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        before = bench.ours.trusted()
        assert not bench.ours.refresh("http://127.0.0.1:9")
        assert bench.ours.trusted() == before


@case()
def one_program_at_a_time() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        bench.refresh()
        descriptor = os.open(bench.ours.metadata, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert not bench.ours.refresh(bench.server.base)
        bench.says("another program is using it")
        os.close(descriptor)
        bench.refresh()


@case()
def broken_stored_files_are_fetched_again() -> None:
    repository = Repository()
    with Bench(repository) as bench:
        for role in ("timestamp", "snapshot", "targets"):
            bench.refresh(same_requests=False)
            for client in (bench.ours, bench.theirs):
                (client.metadata / f"{role}.json").write_bytes(b"garbage")
            bench.refresh()


def run(name: str) -> bool:
    function, variant = CASES[name]
    try:
        function(*variant)
    except Exception as error:  # Every failure is reported, and the next case goes on.
        place = traceback.extract_tb(error.__traceback__)
        here = [frame.lineno for frame in place if frame.filename == __file__]
        print(f"failed {name}: {type(error).__name__}: {error} (lines {here})".replace("\n", " "), flush=True)
        return False
    print(f"ok {name}", flush=True)
    return True


if __name__ == "__main__":
    Gatehouse.program = str(pathlib.Path(sys.argv[1]).resolve())
    chosen = [name for name in CASES if not sys.argv[2:] or any(part in name for part in sys.argv[2:])]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(run, chosen))
    print(f"done {len(outcomes)}", flush=True)
    sys.exit(0 if all(outcomes) else 1)
