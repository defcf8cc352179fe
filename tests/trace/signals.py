"""INT and TERM at any moment of a trace: signals.py CHUNKMARK TARGET

The launcher is gone within two seconds, and the capture opens with what is known. For a name that takes for ever to look
up, this test holds a lease on the library's file: whoever opens it waits for the lease to be given back.
"""

import fcntl
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import tempfile
import time

GONE_S = 3  # two seconds, and one for a busy machine
LIBRARY = "#include <stdlib.h>\nvoid *kept(void) { return malloc(3000000); }\n"
PROGRAM = """
#include <dlfcn.h>
int main(int count, char **words) {
  void *(*kept)(void) = (void *(*)(void))dlsym(dlopen(words[1], RTLD_NOW), "kept");
  return count != 2 || kept() == 0;
}
"""


def inspect(chunkmark, capture):
    inspected = subprocess.run([chunkmark, "inspect", "--json", capture], capture_output=True, text=True, timeout=60)
    if inspected.returncode not in (0, 1):
        sys.exit(f"inspect: status {inspected.returncode}: {inspected.stderr}")
    return inspected.returncode, json.loads(inspected.stdout)


def gone(launcher, moment, since):
    try:
        launcher.wait(timeout=GONE_S)
    except subprocess.TimeoutExpired:
        launcher.kill()
        sys.exit(f"{moment}: the launcher is still there after {GONE_S} s")
    print(f"{moment}: gone after {time.monotonic() - since:.2f} s, status {launcher.returncode}")


class Naming:
    """A trace whose command has ended and whose names take for ever, for as long as the `with` lasts."""

    def __init__(self, chunkmark, folder, **streams):
        self.folder, self.capture = folder, folder / "naming.cmk"
        for name in ("done", "leased"):
            (folder / name).unlink(missing_ok=True)
        script = f"{folder}/program {folder}/libkept.so && touch {folder}/done; until [ -e {folder}/leased ]; do sleep 0.02; done"
        command = [chunkmark, "trace", "-o", self.capture, "--", "/bin/sh", "-c", script]
        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
        self.launcher = subprocess.Popen(command, env=environment, **streams)

    def __enter__(self):
        wait_for(self.folder / "done")
        self.file = os.open(self.folder / "libkept.so", os.O_RDWR)
        fcntl.fcntl(self.file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        (self.folder / "leased").touch()
        time.sleep(0.5)  # for the shell to end, and for what else has a name to get it
        return self

    def __exit__(self, *_):
        os.close(self.file)
        self.launcher.kill()
        self.launcher.wait()


def wait_for(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > deadline:
            sys.exit(f"{path} does not come")
        time.sleep(0.02)


def while_naming(chunkmark, folder):
    for number in (signal.SIGINT, signal.SIGTERM):
        with Naming(chunkmark, folder, stderr=subprocess.DEVNULL) as naming:
            since = time.monotonic()
            naming.launcher.send_signal(number)
            gone(naming.launcher, f"{number.name} while names are looked up", since)
            status, figures = inspect(chunkmark, naming.capture)
            if status != 0 or not any("no name: a signal ended" in finding for finding in figures["findings"]):
                sys.exit(f"status {status}, {figures['findings']}")
            if not any("libkept.so+0x" in frame for frame in figures["buffers_at_peak"][0]["stack"]):
                sys.exit(f"expected an address in libkept.so, found {figures['buffers_at_peak'][0]['stack']}")
    with Naming(chunkmark, folder, stderr=subprocess.DEVNULL) as naming:
        naming.launcher.send_signal(signal.SIGINT)
        time.sleep(0.2)
        since = time.monotonic()
        naming.launcher.send_signal(signal.SIGINT)
        gone(naming.launcher, "the second SIGINT", since)
        if naming.launcher.returncode != -signal.SIGINT:
            sys.exit(f"the second SIGINT: status {naming.launcher.returncode}")
        if inspect(chunkmark, naming.capture)[1]["peak_heap_bytes"] < 3_000_000:
            sys.exit("the block is lost")


def progress(chunkmark, folder):
    """A terminal is told what takes so long, and nobody else is."""
    ours, theirs = pty.openpty()
    with Naming(chunkmark, folder, stderr=theirs) as naming:
        os.close(theirs)
        deadline, shown = time.monotonic() + 20, b""
        while b"looking up names" not in shown and time.monotonic() < deadline:
            shown += os.read(ours, 4096)
        naming.launcher.send_signal(signal.SIGTERM)
        gone(naming.launcher, "SIGTERM while progress is shown", time.monotonic())
    if b"looking up names" not in shown:
        sys.exit(f"a terminal was told {shown}")
    with Naming(chunkmark, folder, stderr=subprocess.PIPE) as naming:
        time.sleep(1.5)
        naming.launcher.send_signal(signal.SIGTERM)
        if b"looking up names" in naming.launcher.communicate(timeout=GONE_S)[1]:
            sys.exit("progress was told to what is no terminal")


def at_any_moment(chunkmark, target, folder):
    capture = folder / "any.cmk"
    for step in range(16):
        capture.unlink(missing_ok=True)
        number = (signal.SIGINT, signal.SIGTERM)[step % 2]
        command = [chunkmark, "trace", "-o", capture, "--", target, ("endures", "blocks")[step // 2 % 2]]
        launcher = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.02 + step * 0.04)
        since = time.monotonic()
        launcher.send_signal(number)
        gone(launcher, f"{number.name} after {20 + step * 40} ms", since)
        if capture.exists() and capture.stat().st_size > 0:
            inspect(chunkmark, capture)


def main():
    chunkmark, target = sys.argv[1:]
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # tells that somebody waits for the lease
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for what, text, options in (("libkept.so", LIBRARY, ["-shared", "-fPIC"]), ("program", PROGRAM, [])):
            (folder / "source.c").write_text(text)
            subprocess.run(["cc", *options, folder / "source.c", "-o", folder / what, "-ldl"], check=True)
        while_naming(chunkmark, folder)
        progress(chunkmark, folder)
        at_any_moment(chunkmark, target, folder)


if __name__ == "__main__":
    main()
