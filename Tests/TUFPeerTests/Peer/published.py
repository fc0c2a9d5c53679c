#!/usr/bin/env python3
"""Has python-tuf's own client take a repository that this project has published.

Usage: published.py FOLDER TARGET

FOLDER has `root.json` to begin with, `metadata/` and `targets/`. Prints the names of the roles that were trusted, then the
content of the target.
"""

from __future__ import annotations

import functools
import http.server
import pathlib
import sys
import tempfile
import threading

from tuf.ngclient import Updater


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


if __name__ == "__main__":
    folder, target = pathlib.Path(sys.argv[1]), sys.argv[2]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as home:
        metadata, targets = pathlib.Path(home, "metadata"), pathlib.Path(home, "targets")
        metadata.mkdir()
        targets.mkdir()
        updater = Updater(
            str(metadata), f"{base}/metadata/", str(targets), f"{base}/targets/",
            bootstrap=(folder / "root.json").read_bytes())
        updater.refresh()
        info = updater.get_targetinfo(target)
        assert info is not None, f"there is no target {target}"
        print(" ".join(sorted(path.name for path in metadata.glob("*.json"))))
        # A book or a delta is no text: what is readable of it tells which it is.
        print(pathlib.Path(updater.download_target(info)).read_bytes().decode("utf-8", errors="ignore"))
    server.shutdown()
