# SPDX-License-Identifier: Apache-2.0
"""A guest in QEMU: its machine by QMP, its shell by a virtio port, and the readings of prehup in it."""
import json
import os
import re
import signal
import socket
import subprocess
import time

PATIENCE = 120  # s; only ends the waiting, is no test of speed
MEMORY = 192  # MiB


class Guest:
    def __init__(self, folder, kernel):
        self.folder, self.serial, self.pending = folder, 0, b""
        self.console = os.path.join(folder, "console")
        arguments = ["qemu-system-x86_64", "-accel", "tcg", "-M", "pc", "-cpu", "max", "-smp", "1", "-m", str(MEMORY),
                     "-display", "none", "-nodefaults", "-no-reboot", "-serial", "file:" + self.console,
                     "-kernel", kernel, "-initrd", os.path.join(folder, "initrd"),
                     "-append", "console=ttyS0 loglevel=4 panic=-1",
                     "-qmp", "unix:%s,server=on,wait=off" % os.path.join(folder, "qmp"),
                     "-device", "virtio-serial-pci",
                     "-chardev", "socket,id=shell,server=on,wait=off,path=" + os.path.join(folder, "shell"),
                     "-device", "virtserialport,chardev=shell,name=shell"]
        for line in open(os.path.join(os.path.dirname(__file__), "devices"), encoding="ascii"):
            if not line.startswith("#"):
                arguments += line.replace("DIR", folder).split()
        with open(os.path.join(folder, "qemu.log"), "wb") as log:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=log)
        self.qmp_socket, self.shell_socket = self.connect("qmp"), self.connect("shell")
        self.qmp_file = self.qmp_socket.makefile("rw", encoding="utf-8")
        self.qmp_file.readline()
        self.qmp("qmp_capabilities")

    def connect(self, name):
        until = time.monotonic() + PATIENCE
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(os.path.join(self.folder, name))
                s.settimeout(PATIENCE)
                return s
            except OSError:
                s.close()
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(open(os.path.join(self.folder, "qemu.log"), encoding="utf-8").read()) from None
                time.sleep(0.05)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()

    def qmp(self, command, **arguments):
        json.dump({"execute": command, "arguments": arguments}, self.qmp_file)
        self.qmp_file.write("\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "error" in answer:
                raise RuntimeError("%s: %s" % (command, answer["error"]["desc"]))
            if "return" in answer:
                return answer["return"]

    def stand_still(self, seconds):
        """Stops the guest's CPU for so long while its clock goes on."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def answer(self, tag):
        end = re.compile(rb"\n=%s (\d+)\n" % tag.encode())
        while True:
            m = end.search(self.pending)
            if m:
                text, self.pending = self.pending[:m.start()], self.pending[m.end():]
                return int(m[1]), text.decode(errors="replace")
            got = self.shell_socket.recv(65536)
            if not got:
                raise RuntimeError("the guest is gone")
            self.pending += got

    def sh(self, command, check=True):
        self.serial += 1
        self.shell_socket.sendall(b"%d %s\n" % (self.serial, command.encode()))
        rc, text = self.answer(str(self.serial))
        if check and rc != 0:
            raise RuntimeError("%s: status %d: %s" % (command, rc, text))
        return text

    def uptime(self):
        return float(self.sh("cat /proc/uptime").split()[0])

    def await_(self, what, command):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.sh(command + " > /dev/null 2>&1 && echo yes", check=False).strip() == "yes":
                return
            time.sleep(0.1)
        raise RuntimeError("waited in vain for " + what)

    def disk(self, serial):
        return self.sh('for d in /sys/block/*; do [ "$(cat $d/serial $d/device/serial 2> /dev/null)" = %s ] && '
                       'echo ${d##*/}; done; true' % serial).strip()

    def list(self):
        return json.loads(self.sh("prehup metrics --list --json"))

    def start_s(self):
        """Returns the time from the daemon's execution to its readiness, by the stamps of the kernel's log."""
        log = self.sh("dmesg")
        begun, ready = (float(re.search(r"\[ *([0-9.]+)\] [^\n]*" + words, log)[1]) for words in
                        ("prehup is executed", r"prehup [0-9.]+: \d+ hooks"))
        return ready - begun

    def memory_kib(self):
        """Returns the daemon's resident memory (its libraries are not shared here) and its dirty memory."""
        rollup = self.sh("cat /proc/$(pidof prehup)/smaps_rollup")
        return [sum(map(int, re.findall(r"^%s: *(\d+) kB" % k, rollup, re.M))) for k in ("Rss", "Private_Dirty")]

    def reading(self):
        """Returns the daemon's latest reading, {(metric, instance): row}, and the guest's uptime at that time."""
        rows = json.loads(self.sh("prehup status --json"))["risks"]
        readings = {(r["metric"], r["instance"]): r for r in rows}
        return readings, readings[("guest.uptime_s", "")]["value"]
