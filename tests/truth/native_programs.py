"""A program in C++ or Rust under the tracer and under the other tools: native_programs.py CHUNKMARK PROGRAM|SOURCE.rs"""

import os
import pathlib
import sys
import tempfile

import tools
from checks import Checks, require

MAPPED = {"target.cc": 40 << 20, "target.rs": 0}  # what the program maps for itself, alive at its peak


def main():
    chunkmark, program = sys.argv[1:3]
    require(heaptrack="apt-get install heaptrack", zstd="apt-get install zstd", valgrind="apt-get install valgrind")
    environment = dict(os.environ)
    checks = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if program.endswith(".rs"):
            require(rustc="apt-get install rustc")
            tools.run(["rustc", "--edition", "2021", "-O", "-g", program, "-o", folder / "rust_target"])
            program = str(folder / "rust_target")
        source = "target.rs" if program.endswith("rust_target") else "target.cc"
        command = [program]
        ours = tools.chunkmark(chunkmark, folder, command, environment)
        # A buffer is named by the program's own line, not by the library that allocated it.
        for buffer in ours["buffers_at_peak"][:3]:
            checks.names(f"a site of {buffer['bytes']} bytes", buffer["site"], f"{source}:")
        allocated = tools.heaptrack_peak(folder, command, environment)
        checks.about("malloc peak, heaptrack", ours["malloc_peak_bytes"], allocated)
        checks.about("heap peak, heaptrack and what is mapped", ours["peak_heap_bytes"], allocated + MAPPED[source])
        checks.about("malloc peak, DHAT", ours["malloc_peak_bytes"], tools.dhat_peak(folder, command, environment))
        checks.about("bytes copied, DHAT", ours["bytes_copied"], tools.dhat_copied(folder, command, environment))
        # The program waits at its peak, so the sampled peaks add up to the kernel's mark as well.
        kernel = tools.resident_high_water(command, environment)
        resident = ours["resident"]
        checks.about("resident high water, kernel", resident["high_water_bytes"], kernel, 0.02)
        checks.about("resident sampled, kernel", resident["anonymous_bytes"] + resident["file_bytes"], kernel, 0.02)
    checks.finish()


if __name__ == "__main__":
    main()
