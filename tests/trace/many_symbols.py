"""Names of a library with very many functions, looked up for the first time: many_symbols.py CHUNKMARK FUNCTIONS [CALLERS]

Assembles a library in which each of CALLERS functions calls malloc, traces a program that calls all of them with an empty
cache of names, and holds what is told of the largest blocks to the functions that made them.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

LIMIT_S = 60  # of the trace; one search of the whole table for each caller takes minutes
SMALLEST = 1000

MAIN = r"""
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **words) {
  void *library = dlopen(words[1], RTLD_NOW);
  int calls = 0;
  for (char name[32];; ++calls) {
    snprintf(name, sizeof name, "al_%d", calls);
    void (*function)(void) = (void (*)(void))dlsym(library, name);
    if (function == NULL) break;
    function();
  }
  printf("%d\n", calls);
  return count != 2;
}
"""


def assembly(functions, callers):
    yield ".text"
    for i in range(functions):
        yield f".globl sym_{i}\n.type sym_{i}, @function\nsym_{i}: ret\n.size sym_{i}, . - sym_{i}"
        if i % (functions // callers) == 0 and i // (functions // callers) < callers:
            name = f"al_{i // (functions // callers)}"
            bytes_ = SMALLEST + i // (functions // callers)
            yield f".globl {name}\n.type {name}, @function\n{name}: sub $8, %rsp\nmov ${bytes_}, %edi"
            yield f"call malloc@PLT\nadd $8, %rsp\nret\n.size {name}, . - {name}"
    yield '.section .note.GNU-stack, "", @progbits\n'


def build(folder, functions, callers):
    """The program and the library."""
    source, program, library = folder / "many.s", folder / "program", folder / "libmany.so"
    source.write_text("\n".join(assembly(functions, callers)))
    (folder / "main.c").write_text(MAIN)
    subprocess.run(["as", source, "-o", folder / "many.o"], check=True)
    subprocess.run(["cc", "-shared", "-Wl,--build-id", folder / "many.o", "-o", library], check=True)
    subprocess.run(["cc", "-O1", folder / "main.c", "-o", program, "-ldl"], check=True)
    source.unlink()
    return program, library


def main():
    chunkmark, functions = sys.argv[1], int(sys.argv[2])
    callers = int(sys.argv[3]) if len(sys.argv) > 3 else functions // 31
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program, library = build(folder, functions, callers)
        capture = folder / "many.cmk"
        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
        command = [chunkmark, "trace", "-o", capture, "--", program, library]
        traced = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S)
        if traced.returncode != 0 or traced.stdout != f"{callers}\n":
            sys.exit(f"status {traced.returncode}, printed {traced.stdout!r}: {traced.stderr}")
        inspected = subprocess.run([chunkmark, "inspect", "--json", capture], capture_output=True, check=True)
        told = 0
        for buffer in json.loads(inspected.stdout)["buffers_at_peak"]:
            if buffer["blocks"] != 1 or not buffer["stack"][0].startswith("al_"):
                continue
            told += 1
            if buffer["stack"][0].split()[0] != f"al_{buffer['bytes'] - SMALLEST}":
                sys.exit(f"{buffer['bytes']} bytes: found {buffer['stack'][0]}")
        if told < 5:
            sys.exit(f"only {told} blocks have the name of their function")
        print(f"{functions} functions, {callers} of them callers: {told} names checked")


if __name__ == "__main__":
    main()
