#!/usr/bin/env python3
"""Runs commands under a kernel of its own, for what the machine's kernel may not have: SCTP, several network links.

    guest.py --cache FOLDER [--program NAME]... [--module NAME]... [--keep FOLDER] SCRIPT

The kernel is the one of Debian's linux-image-cloud-amd64, downloaded by its exact name into FOLDER and never installed; QEMU emulates the
machine (TCG: no rights are needed, and none are used). SCRIPT is run by busybox's shell as root of a system that lives in memory,
with the programs and the libraries that they need; "need NAME" loads a module. What it writes is printed, the files that it leaves in /out are kept, its exit status is
ours; 77: there can be no guest here, and the last line says why.
"""

import argparse
import glob
import io
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time

SKIPPED = 77  # the exit status that Meson takes for "skipped"
IMAGE = "linux-image-cloud-amd64"  # names the newest kernel as the package that it depends on
ALWAYS = ["virtio_pci", "virtio_blk"]  # carry files out of the guest
DISK = 32 << 20
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /tmp /run /out
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
exec </dev/null >/dev/console 2>&1
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/tmp
for name in $(cat /modules/always); do need $name; done
ip link set lo up
(cd /tmp && sh /script; echo $? >/out/.status) 2>&1 | tee /out/.output
tar -cf /dev/vda -C /out . && sync
poweroff -f
"""


NEED = """#!/bin/sh
for file in $(cat /modules/$1.needs); do
    lsmod | grep -q "^$(basename $file .ko | tr - _) " || insmod /modules/$file
done
"""


class NoGuest(Exception):
    """There can be no guest here: the sentence says why."""


# ---- The kernel ------------------------------------------------------------------------------------------------------


def _said(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options).stdout


def _newest():
    """The name of the package with the kernel."""
    try:
        found = re.search(r"^ *Depends: (linux-image-\S+)", _said("apt-cache", "depends", IMAGE), re.M)
    except (OSError, subprocess.CalledProcessError):
        found = None
    if not found:
        raise NoGuest(f"apt does not know {IMAGE}")
    return found.group(1)


def _download(name, to):
    """The package's files under to/, with the dependencies of modules; whole, or not there."""
    with tempfile.TemporaryDirectory(dir=os.path.dirname(to)) as place:
        os.chmod(place, 0o755)
        try:
            _said("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name, cwd=place)
            _said("dpkg-deb", "-x", glob.glob(place + "/*.deb")[0], place + "/image")
            _said("depmod", "-b", place + "/image", os.listdir(place + "/image/lib/modules")[0])
        except (OSError, subprocess.CalledProcessError) as error:
            words = getattr(error, "stderr", "") or str(error)
            raise NoGuest(f"{name} could not be downloaded: {words.strip().splitlines()[-1]}") from error
        os.rename(place + "/image", to)


class Kernel:
    """A kernel and its modules, unpacked once into a folder and used from there from then on."""

    def __init__(self, cache):
        os.makedirs(cache, exist_ok=True)
        unpacked = sorted(glob.glob(cache + "/linux-image-*"))
        if not unpacked:
            name = _newest()
            unpacked = [os.path.join(cache, name)]
            if not os.path.exists(unpacked[0]):
                _download(name, unpacked[0])
        self.folder = unpacked[-1]
        self.image = glob.glob(self.folder + "/boot/vmlinuz-*")[0]
        self.modules = glob.glob(self.folder + "/lib/modules/*")[0]

    def needs(self, name):
        """The files of a module and of those that it needs, which come first; none when it is built in."""
        with open(self.modules + "/modules.dep", encoding="ascii") as lines:
            for line in lines:
                file, _, rest = line.partition(":")
                if os.path.basename(file).split(".")[0].replace("-", "_") == name:
                    return [os.path.join(self.modules, f) for f in (*reversed(rest.split()), file)]
        return []


# ---- What it boots into ----------------------------------------------------------------------------------------------


def _libraries(program):
    """The libraries of a dynamic program, its loader among them."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    absent = re.findall(r"(\S+) => not found", said)
    if absent:
        raise NoGuest(f"{program} needs {', '.join(absent)}")
    return re.findall(r"(/\S+) \(0x", said)


class Files:
    """An archive in the form that a kernel unpacks (cpio, "newc")."""

    def __init__(self):
        self.archive = io.BytesIO()
        self.names = {""}

    def _entry(self, name, mode, octets=b"", device=(0, 0)):
        if name in self.names:
            return
        self._folders(os.path.dirname(name))
        self.names.add(name)
        numbers = (len(self.names), mode, 0, 0, 1, 0, len(octets), 0, 0, *device, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % n for n in numbers) + name.encode() + b"\0"
        for part in (head, octets):
            self.archive.write(part + b"\0" * (-len(part) % 4))

    def _folders(self, name):
        if name:
            self._entry(name, stat.S_IFDIR | 0o755)

    def octets(self, name, octets, mode=0o755):
        self._entry(name.strip("/"), stat.S_IFREG | mode, octets)

    def file(self, name, path):
        with open(path, "rb") as file:
            self.octets(name, file.read())

    def link(self, name, to):
        self._entry(name.strip("/"), stat.S_IFLNK | 0o777, to.encode())

    def folder(self, name, path):
        """A folder with all that it holds, links as links."""
        for root, folders, files in os.walk(path):
            for entry in sorted(folders + files):
                whole = os.path.join(root, entry)
                inside = os.path.join(name, os.path.relpath(whole, path))
                if os.path.islink(whole):
                    self.link(inside, os.readlink(whole))
                elif os.path.isfile(whole):
                    self.file(inside, whole)

    def program(self, name, path):
        """With its libraries, where it looks for them."""
        for library in _libraries(path):
            self.file(library, library)
        self.file(name, path)

    def done(self):
        self._entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        self._entry("TRAILER!!!", 0)
        return self.archive.getvalue()


# ---- Running ---------------------------------------------------------------------------------------------------------


class Outcome:
    """What came out: the exit status, what was printed, files by their names, and what it took."""

    def __init__(self, status, output, files, seconds):
        self.status, self.output, self.files, self.seconds = status, output, files, seconds


def _look(disk):
    """The files that the guest left, by their names."""
    disk.seek(0)
    try:
        with tarfile.open(fileobj=disk) as archive:
            return {m.name.removeprefix("./"): archive.extractfile(m).read() for m in archive if m.isfile()}
    except tarfile.TarError:
        return {}


def run(kernel, files, script, modules=(), seconds=120, memory="512M"):
    """Boots and runs the script. A guest that does not come to its end has failed; what the console said is its output."""
    files.octets("init", INIT.encode())
    files.octets("script", script.encode())
    files.octets("bin/need", NEED.encode())
    files.octets("modules/always", " ".join(ALWAYS).encode())
    for name in (*ALWAYS, *modules):
        needs = kernel.needs(name)
        files.octets(f"modules/{name}.needs", "\n".join(os.path.basename(m) for m in needs).encode())
        for module in needs:
            files.file("modules/" + os.path.basename(module), module)
    files.file("bin/busybox", "/bin/busybox")
    begun = time.monotonic()
    with tempfile.NamedTemporaryFile() as disk, tempfile.NamedTemporaryFile() as archive:
        disk.truncate(DISK)
        archive.write(files.done())
        archive.flush()
        machine = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", memory, "-nodefaults", "-no-reboot",
                   "-nographic", "-serial", "stdio", "-kernel", kernel.image, "-initrd", archive.name,
                   "-append", "console=ttyS0 quiet panic=-1 mitigations=off", "-drive",
                   f"file={disk.name},format=raw,if=virtio"]  # fmt: skip
        try:
            console = subprocess.run(machine, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
            said = console.stdout + console.stderr
        except subprocess.TimeoutExpired as late:
            said = (late.stdout or b"") + b"\nguest: not done after %d s\n" % seconds
        left = _look(disk)
    status = int(left.pop(".status", b"").strip() or -1)
    output = left.pop(".output", said if status < 0 else b"").decode(errors="replace")
    return Outcome(status, output, left, time.monotonic() - begun)


def program(name):
    """Where the machine has a program that goes into the guest."""
    path = shutil.which(name)
    if not path:
        raise NoGuest(f"{name} is not installed (script/bootstrap test brings it)")
    return path


def check_machine():
    """Is there what a guest needs?"""
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    for name in ("qemu-system-x86_64", "busybox", "apt-get", "dpkg-deb", "depmod", "ldd"):
        program(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", required=True, help="folder that keeps the kernel")
    parser.add_argument("--program", action="append", default=[], help="goes to /bin with its libraries")
    parser.add_argument("--module", action="append", default=[], help="can be loaded there")
    parser.add_argument("--keep", help="folder for the files of /out")
    parser.add_argument("script")
    options = parser.parse_args()
    try:
        check_machine()
        kernel = Kernel(os.path.abspath(options.cache))
        files = Files()
        for name in options.program:
            files.program("bin/" + os.path.basename(name), program(name))
        with open(options.script, encoding="utf-8") as script:
            outcome = run(kernel, files, script.read(), options.module)
    except NoGuest as why:
        print(f"skipped: {why}")
        return SKIPPED
    sys.stdout.write(outcome.output)
    for name, octets in outcome.files.items() if options.keep else ():
        path = os.path.join(options.keep, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(octets)
    return outcome.status if outcome.status >= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
