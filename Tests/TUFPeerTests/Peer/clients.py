"""The two clients that are compared: gatehouse-tuf, and python-tuf's own Updater. Each has a home of its own."""

from __future__ import annotations

import pathlib
import resource
import shutil
import subprocess
import tempfile

from tuf.ngclient import Updater, UpdaterConfig


class Home:
    def __init__(self) -> None:
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="tuf-peer-"))
        self.metadata = self.directory / "metadata"
        self.targets = self.directory / "targets"
        self.metadata.mkdir()
        self.targets.mkdir()

    def trusted(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.metadata.glob("*.json")}

    def downloaded(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.targets.iterdir() if not path.name.endswith("=part")}

    def parts(self) -> list[str]:
        return [path.name for path in self.targets.iterdir() if path.name.endswith("=part")]

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)


class Gatehouse(Home):
    """Runs the program under test."""

    program = ""

    def __init__(self) -> None:
        super().__init__()
        self.output = ""
        self.largest_file = 0

    def _limit(self) -> None:
        # Like a full disk: the signal that would come is ignored, as Python does itself.
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest_file, self.largest_file))

    def _run(self, *arguments: str) -> bool:
        result = subprocess.run(
            [self.program, "--metadata-dir", str(self.metadata), *arguments],
            capture_output=True, text=True, timeout=30, check=False, restore_signals=False,
            preexec_fn=self._limit if self.largest_file else None)
        self.output = result.stderr
        if result.returncode not in (0, 1):
            raise AssertionError(f"exit status {result.returncode}: {result.stderr}")
        if result.returncode == 1 and not result.stderr.strip():
            raise AssertionError("it failed and said nothing")
        return result.returncode == 0

    def init(self, root: bytes) -> bool:
        path = self.directory / "initial_root.json"
        path.write_bytes(root)
        return self._run("init", str(path))

    def refresh(self, base: str, *options: str) -> bool:
        return self._run("--metadata-url", f"{base}/metadata", *options, "refresh")

    def download(self, base: str, *names: str, options: tuple[str, ...] = ()) -> bool:
        wanted = [argument for name in names for argument in ("--target-name", name)]
        return self._run(
            "--metadata-url", f"{base}/metadata", *wanted, "--target-base-url", f"{base}/targets/",
            "--target-dir", str(self.targets), *options, "download")


class Reference(Home):
    """python-tuf, as its documentation uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.output = ""
        self.config = UpdaterConfig()

    def init(self, root: bytes) -> bool:
        (self.metadata / "root.json").write_bytes(root)
        return True

    def _updater(self, base: str) -> Updater:
        return Updater(
            str(self.metadata), f"{base}/metadata/", str(self.targets), f"{base}/targets/", config=self.config,
            bootstrap=None)

    def _attempt(self, work) -> bool:
        self.output = ""
        try:
            return work()
        except Exception as error:  # What its HTTP library throws comes through too.
            self.output = repr(error)
            return False

    def refresh(self, base: str, *options: str) -> bool:
        def work() -> bool:
            self._updater(base).refresh()
            return True

        return self._attempt(work)

    def download(self, base: str, *names: str, options: tuple[str, ...] = ()) -> bool:
        def work() -> bool:
            updater = self._updater(base)
            for name in names:
                info = updater.get_targetinfo(name)
                if info is None:
                    return False
                if updater.find_cached_target(info) is None:
                    updater.download_target(info)
            return True

        return self._attempt(work)
