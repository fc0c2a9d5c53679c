"""The virtual machine: QEMU without hardware help, Debian's kernel, and this machine's files below it, read-only."""

import subprocess
import threading
from pathlib import Path

from initramfs import Initramfs

HERE = Path(__file__).resolve().parent

# Quiet, no checks of hardware that is not there, and nothing that only costs time in emulation.
KERNEL_ARGUMENTS = (
    "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off nokaslr cryptomgr.notests rodata=off "
    "noreplace-smp initcall_blacklist=init_kprobe_trace random.trust_cpu=on"
).split()

# How a machine ends that ran its script, and one whose kernel started it anew.
DONE = "the script is done"
RESET = "the machine was reset"


def tick_rate(kernel):
    """What the kernel is told of its clock: it would measure while it boots, and be wrong by far if the emulation had to wait.

    Its seconds would be too short, and those of every test.
    """
    khz = subprocess.run([kernel.helpers / "tsc"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return f"tsc_early_khz={khz}"


def write_first_file_system(kernel, path):
    archive = Initramfs()
    for folder in ("proc", "sys", "dev", "tmp", "run", "lower", "upper", "root"):
        archive.folder(folder)
    archive.file("bin/busybox", "/bin/busybox", 0o755)
    archive.link("bin/sh", "busybox")
    # The kernel itself asks for modules by this name.
    archive.link("sbin/modprobe", "/bin/busybox")
    archive.file("init", HERE / "guest" / "init", 0o755)
    for script in (HERE / "guest").glob("*.sh"):
        archive.file(f"hil/{script.name}", script, 0o755)
    archive.tree("hil/helpers", kernel.helpers, 0o755)
    archive.tree(f"lib/modules/{kernel.abi}", kernel.modules)
    archive.write(path)


class Machine:
    """One run of one guest script. What the script prints comes line by line."""

    def __init__(self, kernel, first_file_system, script, console, settings=None, devices=(), limit=900):
        """
        settings: what the script finds in its environment.
        devices: further words for QEMU.
        limit: seconds after which the machine is switched off: many times what any script takes.
        """
        words = [f"{name}={value}" for name, value in {"HIL_SCRIPT": script, **(settings or {})}.items()]
        self._limit = limit
        self._is_late = False
        self.console = Path(console)
        self._process = subprocess.Popen(
            [
                "qemu-system-x86_64", "-M", "pc,hpet=off,i8042=off", "-cpu", "Nehalem,+rdrand", "-m", "768",
                "-accel", "tcg", "-bios", "/usr/share/qemu/qboot.rom", "-nodefaults", "-display", "none",
                "-no-reboot", "-kernel", str(kernel.image), "-initrd", str(first_file_system),
                "-append", " ".join([*KERNEL_ARGUMENTS, tick_rate(kernel), *words]),
                "-chardev", f"file,id=console,path={console}", "-serial", "chardev:console",
                "-chardev", "stdio,id=script,signal=off", "-serial", "chardev:script",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-virtfs", "local,path=/,mount_tag=root,security_model=none,multidevs=remap,readonly=on",
                *devices,
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace", start_new_session=True)

    def lines(self):
        """What the script prints, until the machine is off or the time is up."""
        timer = threading.Timer(self._limit, self._give_up)
        timer.start()
        try:
            for line in self._process.stdout:
                yield line.rstrip("\r\n")
        finally:
            timer.cancel()

    def switch_off(self):
        """As if the plug were pulled."""
        self._process.kill()
        self._process.wait()

    def _give_up(self):
        self._is_late = True
        self._process.kill()

    def ending(self):
        """How the machine ended: `DONE`, `RESET`, or what was wrong."""
        status = self._process.wait()
        if self._is_late:
            return f"it was switched off after {self._limit} s"
        if status == 0:
            return RESET
        # The script's status s is told through a port, and QEMU ends with 2 (s + 1) + 1.
        if status < 3 or status % 2 == 0:
            return f"QEMU ended with status {status}"
        return DONE if status == 3 else f"the script ended with status {(status - 3) // 2}"

    def last_words(self, count=15):
        try:
            text = self.console.read_text(errors="replace")
        except OSError:
            return []
        return [line for line in text.replace("\r", "").split("\n") if line][-count:]
