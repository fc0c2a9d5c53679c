"""A TUF repository in memory, made with python-tuf, and a server that serves it well or badly."""

from __future__ import annotations

import datetime
import http.server
import threading
import time
from urllib.parse import quote, unquote

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

TOP_LEVEL = ("root", "timestamp", "snapshot", "targets")
KEY_KINDS = {
    "ed25519": CryptoSigner.generate_ed25519,
    "ecdsa": CryptoSigner.generate_ecdsa,
    "rsa": CryptoSigner.generate_rsa,
}


class Repository:
    """Bodies and signers may be bent at will; `publish` signs them and puts them where a client finds them."""

    def __init__(self, kind: str = "ed25519", consistent: bool = True, with_hashes: bool = False) -> None:
        self.kind = kind
        self.with_hashes = with_hashes
        self.files: dict[str, bytes] = {}
        self.now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.safe_end = self.now + datetime.timedelta(days=30)
        self.bodies = {
            "root": Root(expires=self.safe_end, consistent_snapshot=consistent),
            "timestamp": Timestamp(expires=self.safe_end),
            "snapshot": Snapshot(expires=self.safe_end),
            "targets": Targets(expires=self.safe_end),
        }
        self.signers: dict[str, list[CryptoSigner]] = {role: [] for role in TOP_LEVEL}
        for role in TOP_LEVEL:
            self.add_key(role)
        self.publish("root", "targets", "snapshot", "timestamp", bump=False)

    @property
    def root(self) -> Root:
        return self.bodies["root"]

    @property
    def timestamp(self) -> Timestamp:
        return self.bodies["timestamp"]

    @property
    def snapshot(self) -> Snapshot:
        return self.bodies["snapshot"]

    @property
    def targets(self) -> Targets:
        return self.bodies["targets"]

    def add_key(self, role: str, kind: str | None = None, delegator: str | None = None) -> CryptoSigner:
        signer = KEY_KINDS[kind or self.kind]()
        self.signers.setdefault(role, []).append(signer)
        if delegator is None:
            self.root.add_key(signer.public_key, role)
        else:
            self.bodies[delegator].add_key(signer.public_key, role)
        return signer

    def rotate(self, role: str, kind: str | None = None) -> None:
        """Gives the role as many new keys as its threshold says. Root is then signed by the old ones too."""
        old = self.signers[role]
        self.root.roles[role].keyids.clear()
        self.signers[role] = []
        for _ in range(self.root.roles[role].threshold):
            self.add_key(role, kind)
        if role == "root":
            self.signers[role] += old

    def delegate(self, delegator: str, name: str, paths: list[str] | None = None, terminating: bool = False,
                 prefixes: list[str] | None = None) -> Targets:
        parent = self.bodies[delegator]
        if parent.delegations is None:
            parent.delegations = Delegations({}, roles={})
        if paths is None and prefixes is None:
            paths = ["*"]
        parent.delegations.roles[name] = DelegatedRole(name, [], 1, terminating, paths, prefixes)
        if name in self.signers:
            for signer in self.signers[name]:
                parent.add_key(signer.public_key, name)
        else:
            self.bodies[name] = Targets(expires=self.safe_end)
            self.add_key(name, delegator=delegator)
        return self.bodies[name]

    def delegate_bins(self, bits: int, prefix: str) -> SuccinctRoles:
        bins = SuccinctRoles([], 1, bits, prefix)
        self.targets.delegations = Delegations({}, succinct_roles=bins)
        signer = KEY_KINDS[self.kind]()
        self.targets.add_key(signer.public_key)
        for name in bins.get_roles():
            self.bodies[name] = Targets(expires=self.safe_end)
            self.signers[name] = [signer]
        return bins

    def add_target(self, role: str, path: str, data: bytes) -> None:
        info = TargetFile.from_data(path, data, ["sha256", "sha512"])
        self.bodies[role].targets[path] = info
        names = info.get_prefixed_paths() if self.root.consistent_snapshot else [path]
        for name in names:
            self.files[f"targets/{name}"] = data

    def signed(self, role: str) -> bytes:
        metadata = Metadata(self.bodies[role])
        for signer in self.signers[role]:
            metadata.sign(signer, append=True)
        return metadata.to_bytes(JSONSerializer())

    def put(self, role: str, data: bytes) -> None:
        name = f"{quote(role, '')}.json"
        version = self.bodies[role].version
        if role == "root" or (role != "timestamp" and self.root.consistent_snapshot):
            name = f"{version}.{name}"
        self.files[f"metadata/{name}"] = data

    def publish(self, *roles: str, bump: bool = True) -> None:
        """In the order given: each role after those that it describes."""
        for role in roles:
            if bump:
                self.bodies[role].version += 1
            data = self.signed(role)
            self.put(role, data)
            version = self.bodies[role].version
            meta = MetaFile.from_data(version, data, ["sha256"]) if self.with_hashes else MetaFile(version)
            if role == "snapshot":
                self.timestamp.snapshot_meta = meta
            elif role not in TOP_LEVEL or role == "targets":
                self.snapshot.meta[f"{role}.json"] = meta

    def publish_all(self, *roles: str) -> None:
        self.publish(*roles, "targets", "snapshot", "timestamp")


class Server:
    """Serves a repository on this machine, and remembers what was asked for. `special` overrides what a path gets."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.requests: list[str] = []
        self.ranges: list[str | None] = []
        self.special: dict[str, object] = {}
        self.honours_ranges = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, address: object) -> None:
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        path = handler.path.lstrip("/")
        self.requests.append(path)
        self.ranges.append(handler.headers.get("Range"))
        special = self.special.get(path)
        if callable(special):
            special(handler)
            return
        data = self.repository.files.get(path, self.repository.files.get(unquote(path)))
        if data is None:
            handler.send_error(404)
            return
        start = 0
        asked = handler.headers.get("Range")
        if asked and self.honours_ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                handler.send_error(416)
                return
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) - start))
        handler.end_headers()
        handler.wfile.write(data[start:])


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    """Never stops sending."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100_000):
        handler.wfile.write(b" " * 65536)


def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def redirect(to: str):
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def truncated(data: bytes, count: int):
    """Announces all of it, sends `count` bytes and hangs up."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[:count])

    return answer
