"""Writes the machine's first file system: a cpio archive in the kernel's "newc" format."""

import stat
from pathlib import Path


class Initramfs:
    def __init__(self):
        self._archive = bytearray()
        self._folders = set()
        self._number = 0

    def _entry(self, path, mode, data=b""):
        self._number += 1
        name = path.encode() + b"\0"
        fields = (self._number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        self._archive += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._archive += b"\0" * (-len(self._archive) % 4) + data
        self._archive += b"\0" * (-len(self._archive) % 4)

    def folder(self, path):
        if path in ("", ".") or path in self._folders:
            return
        self.folder(str(Path(path).parent))
        self._folders.add(path)
        self._entry(path, stat.S_IFDIR | 0o755)

    def file(self, path, source, mode=0o644):
        self.folder(str(Path(path).parent))
        self._entry(path, stat.S_IFREG | mode, Path(source).read_bytes())

    def tree(self, path, source, mode=0o644):
        for item in sorted(Path(source).rglob("*")):
            if item.is_file():
                self.file(f"{path}/{item.relative_to(source)}", item, mode)

    def link(self, path, target):
        self.folder(str(Path(path).parent))
        self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def write(self, path):
        self._entry("TRAILER!!!", 0)
        Path(path).write_bytes(self._archive)
