"""The tracer never hangs, crashes or changes a program: survival.py CHUNKMARK FOLDER_OF_TARGETS

Each case runs untraced and traced, and must print the same and end with the same status, in time.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CHUNKMARK, TARGETS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
SECONDS = 120  # a hang is a failure; a loaded machine is not
TROUBLE = str(TARGETS / "trace_trouble")
MAX_STACK_BYTES = 2048


class Run:
    def __init__(self, words, **options):
        ended = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, **options)
        self.status, self.out, self.err = ended.returncode, ended.stdout, ended.stderr


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.capture = os.path.join(folder.name, "traced.cmk")

    def trace(self, words, *options):
        return Run([CHUNKMARK, "trace", "-o", self.capture, *options, "--", *words])

    def figures(self):
        return json.loads(Run([CHUNKMARK, "inspect", "--json", self.capture]).out)

    def same(self, words, *options):
        """Traces the command; what it prints and its status are those of an untraced run."""
        plain, traced = Run(words), self.trace(words, *options)
        status = plain.status if plain.status >= 0 else 128 - plain.status  # as a shell says that a signal ended it
        self.assertEqual((status, plain.out), (traced.status, traced.out), traced.err)
        return traced


class Trouble(Case):
    """Stacks of 8 and 16 KiB, cancellation at any instruction, forks, confinement."""

    def test_runs_as_untraced(self):
        for case, status in {
            "small_thread": 0,
            "small_handler": 0,
            "small_coroutine": 0,
            "cancelled": 0,
            "forks": 0,
            "confined": 5,
        }.items():
            with self.subTest(case):
                traced = self.same([TROUBLE, case])
                self.assertEqual(traced.status, status, traced.err)
                self.assertGreater(self.figures()["bytes_copied"], 0)

    def test_hooks_take_little_stack(self):
        def used(out):
            return {name: int(count) for name, count in re.findall(r"(\w+) (\d+)", out)}

        plain, traced = used(Run([TROUBLE, "stack"]).out), used(self.trace([TROUBLE, "stack"]).out)
        self.assertGreater(len(plain), 8)
        for name, count in plain.items():
            self.assertLessEqual(traced[name] - count, MAX_STACK_BYTES, name)
        self.assertGreater(traced["malloc"], plain["malloc"])  # it was traced, and measured


class OwnAllocator(Case):
    def test_is_told(self):
        program = str(TARGETS / "trace_allocator_target")
        traced = self.same([program])
        self.assertEqual(traced.status, 6)
        self.assertEqual(self.figures()["allocators"], [{"module": program, "name": "jemalloc"}])
        self.assertIn("carries jemalloc: blocks inside", traced.err.replace("\n    ", " "))


class Untraced(Case):
    KINDS = {
        "static": "statically linked",
        "static_pie": "statically linked",
        "asan": "built with a sanitizer",
        "tsan": "built with a sanitizer",
        "m32": "a 32-bit program",
        "musl": "of another C library (musl)",
        "suid": "set-user-ID or with capabilities",
    }

    def programs(self):
        for kind, reason in self.KINDS.items():
            program = TARGETS / f"trace_plain_{kind}"
            if kind == "suid" and os.geteuid() == 0 and (TARGETS / "trace_plain").exists():
                program = pathlib.Path(self.capture).with_name("suid")
                program.write_bytes((TARGETS / "trace_plain").read_bytes())
                os.chown(program, 1, 1)
                program.chmod(0o4755)
            if program.exists():
                yield kind, str(program), reason
            else:
                print(f"not run: {kind}: this machine cannot make such a program", file=sys.stderr)

    def check_told(self, program, reason, err):
        told = self.figures()["untraced"]
        self.assertEqual([(each["program"], each["reason"]) for each in told], [(program, reason)])
        self.assertGreater(told[0]["pid"], 1)
        words = " ".join(err.split())
        self.assertIn(f"1 process could not be traced: {os.path.basename(program)} ({reason})", words)

    def test_as_the_command(self):
        for kind, program, reason in self.programs():
            with self.subTest(kind):
                traced = self.same([program, "x"])
                self.assertEqual((traced.out, traced.status), ("printed x\n", 7))
                self.assertEqual(traced.err.count("cannot be traced and runs untraced: it is " + reason), 1)
                self.check_told(program, reason, traced.err)

    def test_as_a_child(self):
        for kind, program, reason in self.programs():
            for words in (
                ["sh", "-c", f"{program} x; exit $?"],
                ["env", program, "x"],
                [
                    "python3",
                    "-c",
                    f"import subprocess, sys; p = subprocess.run(['{program}', 'x']); sys.exit(p.returncode)",
                ],
            ):
                with self.subTest(kind, by=words[0]):
                    traced = self.same(words)
                    self.assertEqual((traced.out, traced.status), ("printed x\n", 7), traced.err)
                    self.assertNotIn("ld.so", traced.err)
                    told = self.figures()["untraced"]
                    self.assertIn((program, reason), [(each["program"], each["reason"]) for each in told])

    def test_a_gate_does_not_pass_in_silence(self):
        static, target = TARGETS / "trace_plain_static", TARGETS / "trace_target"
        gate = ["--array-bytes", "100000000", "--max-copies", "1"]
        child = self.trace(["sh", "-c", f"{static}; exec {target} blocks"], *gate)
        self.assertEqual(child.status, 0, child.err)
        self.assertIn("--max-copies does not judge what could not be traced", child.err)
        quiet = Run(["sh", "-c", f"exec {CHUNKMARK} trace -o {self.capture} {' '.join(gate)} -- env {static}"])
        self.assertEqual(quiet.status, 7, quiet.err)
        command = self.trace(["env", "sh", "-c", "exec " + str(static) + " || true"], *gate)
        self.assertNotEqual(command.status, 0, command.err)

    def test_a_cleared_environment_is_told(self):
        traced = self.same(["env", "-i", str(TARGETS / "trace_plain"), "x"])
        self.assertEqual(traced.out, "printed x\n")
        self.check_told(str(TARGETS / "trace_plain"), "started without the tracer's environment", traced.err)


@unittest.skipUnless(os.geteuid() == 0 and Run(["unshare", "-m", "true"]).status == 0, "only root can mount")
class Places(Case):
    """Where the tracer has no room."""

    def in_small(self, folder, size, script):
        return Run(["unshare", "-m", "sh", "-c", f"mount -t tmpfs -o size={size} tmpfs {folder} && {script}"])

    def test_a_small_or_full_shared_memory_does_not_matter(self):
        for fill in ("true", "head -c 1M /dev/zero >/dev/shm/full 2>/dev/null"):
            script = f"{{ {fill}; exec {CHUNKMARK} trace -o {self.capture} -- {TROUBLE} confined; }}"
            traced = self.in_small("/dev/shm", "64k", script)
            self.assertEqual((traced.out, traced.status), ("confined\n", 5), traced.err)
            self.assertGreater(self.figures()["bytes_copied"], 3e9)

    def test_a_full_disk_ends_the_tracing_not_the_command(self):
        folder = os.path.dirname(self.capture)
        command = f"sh -c '{TROUBLE} forks; sleep 2; {TROUBLE} forks; echo done $?'"
        traced = self.in_small(folder, "64k", f"exec {CHUNKMARK} trace -o {self.capture} -- {command}")
        self.assertEqual((traced.out, traced.status), ("done 0\n", 125), traced.err)
        self.assertIn(f"{self.capture}: cannot write: No space left on device", traced.err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
