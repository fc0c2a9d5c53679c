"""What the virtual machine is made of: Debian's kernel, its modules, gpio-sim built for it, and the helpers in C.

Everything is kept in a cache folder of this kernel, so that it is made once.
"""

import lzma
import re
import shutil
import struct
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What the tests load, and what the first file system needs to find the rest.
MODULES = """
    virtio_pci virtio_blk 9p 9pnet_virtio overlay ext4 crc32c_generic
    gpio-sim dummy_hcd libcomposite usb_f_acm usb_f_hid usbhid hid-generic evdev cdc-acm vhci-hcd softdog
""".split()


def run(*command, **options):
    """Runs a command that has to succeed; what it says is shown only if it does not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"hil: {' '.join(map(str, command))} failed:\n{done.stdout[-2000:]}")
    return done.stdout


class Kernel:
    """Debian's kernel with one ABI, such as 6.1.0-56-amd64. It is unpacked, never installed."""

    def __init__(self, abi, cache):
        self.abi = abi
        self.folder = cache / abi
        self.image = self.folder / "vmlinux"
        self.modules = self.folder / "lib" / "modules" / abi
        self.helpers = self.folder / "helpers"

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.modules.exists():
            print(f"hil: unpacking Debian's kernel {self.abi} and building gpio-sim for it", flush=True)
            work = self.folder / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            self._unpack_image(work)
            self._build_gpio_sim(work)
            self._collect_modules(work)
            shutil.rmtree(work)
        self._build_helpers()

    def _unpack_image(self, work):
        run("apt-get", "download", "-qq", f"linux-image-{self.abi}", cwd=work)
        run("dpkg", "-x", next(work.glob("linux-image-*.deb")), work / "image")
        self.image.write_bytes(unpacked_kernel((work / "image" / "boot" / f"vmlinuz-{self.abi}").read_bytes()))

    def _build_gpio_sim(self, work):
        """Debian ships neither gpio-sim nor the simulated interrupts it needs: both are built as modules."""
        series = re.match(r"\d+\.\d+", self.abi).group()
        run("apt-get", "download", "-qq", f"linux-source-{series}", cwd=work)
        source = work / "gpio-sim"
        source.mkdir()
        package = next(work.glob("linux-source-*.deb"))
        wanted = ["drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c"]
        patterns = " ".join(f"'*/{name}'" for name in wanted)
        # The archive is left as soon as all three were seen, which the programs before it take for a fault.
        subprocess.run(
            f"dpkg-deb --fsys-tarfile '{package}' 2>/dev/null"
            f" | tar -xO ./usr/src/linux-source-{series}.tar.xz 2>/dev/null | xz -dc -T0 2>/dev/null"
            f" | tar -x -C '{source}' --wildcards --occurrence=1 --transform 's,.*/,,' {patterns}",
            shell=True, check=False)
        package.unlink()
        if missing := [name for name in wanted if not (source / Path(name).name).exists()]:
            raise SystemExit(f"hil: the package linux-source-{series} has no {' and no '.join(missing)}")
        edit(source / "irq_sim.c", [
            # irq_to_desc is not for modules; this takes the number.
            ("handle_simple_irq(irq_to_desc(irqnum));", "generic_handle_irq_safe(irqnum);"),
            ("#include <linux/slab.h>", "#include <linux/slab.h>\n#include <linux/module.h>\nMODULE_LICENSE(\"GPL\");"),
        ])
        edit(source / "gpio-sim.c", [
            # As a Raspberry Pi's kernel can be told: an output that is given back keeps its level.
            ("static void gpio_sim_free(struct gpio_chip *gc, unsigned int offset)\n{\n"
             "\tstruct gpio_sim_chip *chip = gpiochip_get_data(gc);\n",
             "static bool persist;\nmodule_param(persist, bool, 0644);\n\n"
             "static void gpio_sim_free(struct gpio_chip *gc, unsigned int offset)\n{\n"
             "\tstruct gpio_sim_chip *chip = gpiochip_get_data(gc);\n\n"
             "\tif (persist && !test_bit(offset, chip->direction_map))\n\t\treturn;\n"),
        ])
        (source / "Kbuild").write_text("obj-m += gpio-sim.o irq_sim.o\n")
        run("make", "-C", f"/usr/src/linux-headers-{self.abi}", f"M={source}", "modules")

    def _collect_modules(self, work):
        available = {}
        shipped = work / "image" / "lib" / "modules" / self.abi
        for folder in (shipped, work / "gpio-sim"):
            for path in folder.rglob("*.ko"):
                available[path.stem.replace("-", "_")] = path
        needed = []

        def need(name):
            name = name.replace("-", "_")
            if name in needed:
                return
            needed.append(name)
            for field in ("depends", "softdep"):
                text = run("modinfo", "-F", field, available[name]).replace("pre:", "").replace(",", " ")
                for other in text.split("post:")[0].split():
                    if other.replace("-", "_") in available:
                        need(other)

        for name in MODULES:
            need(name)
        collected = self.modules.with_suffix(".new")
        shutil.rmtree(collected, ignore_errors=True)
        (collected / "kernel").mkdir(parents=True)
        for name in needed:
            target = collected / "kernel" / available[name].name
            shutil.copy(available[name], target)
            run("strip", "--strip-debug", target)
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            if (shipped / name).exists():
                shutil.copy(shipped / name, collected)
        collected.rename(self.modules)
        run("depmod", "-b", self.folder, self.abi)

    def _build_helpers(self):
        self.helpers.mkdir(exist_ok=True)
        for source in (HERE / "helpers").glob("*.c"):
            program = self.helpers / source.stem
            if program.exists() and program.stat().st_mtime >= source.stat().st_mtime:
                continue
            # What is put before the daemon's libraries is one itself; the others need none.
            flags = ["-shared", "-fPIC"] if source.stem.endswith("_preload") else ["-static"]
            run("gcc", "-O1", "-Wall", "-Werror", *flags, "-o", program, source)


def edit(path, changes):
    """Replaces text that must be there exactly once."""
    text = path.read_text()
    for before, after in changes:
        if text.count(before) != 1:
            raise SystemExit(f"hil: {path.name} of this kernel is not as expected: no '{before.splitlines()[0]}'")
        text = text.replace(before, after)
    path.write_text(text)


def unpacked_kernel(image):
    """The ELF kernel in a bzImage. Unpacking it here is much faster than in an emulated machine."""
    if image[0x202:0x206] != b"HdrS":
        raise SystemExit("hil: the kernel image is no bzImage")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    payload = image[start:start + length]
    if payload[:6] != b"\xfd7zXZ\0":
        raise SystemExit("hil: the kernel is packed in a way that is not known")
    return lzma.LZMADecompressor().decompress(payload)
