"""No hang, and unchanged output and exit status, on programs of the distribution: real_programs.py CHUNKMARK

Each command runs untraced and traced. One that is not installed is named and left out; at least MIN_RUN must be there
(.ci/packages programs).
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

CHUNKMARK = pathlib.Path(sys.argv[1]).resolve()
MIN_RUN = 25
SECONDS = 300  # a hang is a failure; looking up names may take its time
NOT_RUN = 77

C_PROGRAM = '#include <stdio.h>\nint main(void) { return puts("compiled") < 0; }\n'
FILES = {
    "hello.c": C_PROGRAM,
    "hello.f90": "program hello\n  print *, 'compiled'\nend program\n",
    "hello.go": 'package main\n\nfunc main() { println("compiled") }\n',
    "hello.rs": 'fn main() { println!("compiled"); }\n',
    "Hello.java": 'class Hello { public static void main(String[] a) { System.out.println("compiled"); } }\n',
    "hello.asm": "global f\nf: ret\n",
    "page.html": "<title>sum</title><body><script>document.body.textContent = 6 * 7</script></body>\n",
    "Makefile": "all:\n\t@for i in 1 2 3; do expr $$i + 1; done\n",
    "words": "".join(f"word {i * 7919 % 10007}\n" for i in range(20000)),
}


def python(code):
    return ["python3", "-B", "-c", code]


# Interpreters, compilers, command lines of databases, data libraries, tools; each does a little work of its own.
PROGRAMS = {
    "python": python("print(sum(i * i for i in range(100000)))"),
    "python's processes": python(
        "import multiprocessing as m\nif __name__ == '__main__':\n    print(m.Pool(2).map(len, ['a', 'bb']))"
    ),
    "python's database": python(
        "import sqlite3; print(sqlite3.connect(':memory:').execute('select 6 * 7').fetchall())"
    ),
    "numpy": python("import numpy; a = numpy.ones(10**6); print((a.copy() + a).sum())"),
    "h5py": python("import h5py, numpy; f = h5py.File('a.h5', 'w'); f['x'] = numpy.ones(1000); print(f['x'][:].sum())"),
    "pandas": python("import pandas; print(pandas.DataFrame({'a': range(1000)}).a.sum())"),
    "perl": ["perl", "-e", 'my %h = map { $_ => $_ ** 2 } 1 .. 10000; print scalar(keys %h), "\\n"'],
    "ruby": ["ruby", "-e", "puts (1..10000).map { |i| i * i }.sum"],
    "lua": ["lua5.4", "-e", "local t = {} for i = 1, 1e5 do t[i] = i end print(#t)"],
    "gawk": ["gawk", "{ n[$2]++ } END { print length(n) }", "words"],
    "mawk": ["mawk", "{ n[$2]++ } END { print NR }", "words"],
    "tcl": ["tclsh"],
    "guile": ["guile", "--no-auto-compile", "-c", "(display (apply + (iota 10000)))"],
    "sbcl": ["sbcl", "--noinform", "--eval", "(progn (print (length (make-array 1000000))) (exit))"],
    "prolog": ["swipl", "-g", "numlist(1, 1000, L), sum_list(L, S), print(S), halt"],
    "node": ["node", "-e", "console.log([...Array(100000).keys()].reduce((a, b) => a + b))"],
    "java": ["java", "-Xshare:auto", "-version"],
    "javac": ["javac", "-d", "classes", "Hello.java"],
    "gcc": ["gcc", "-O1", "hello.c", "-o", "by_gcc"],
    "clang": ["clang", "-O1", "hello.c", "-o", "by_clang"],
    "gfortran": ["gfortran", "hello.f90", "-o", "by_gfortran"],
    "rustc": ["rustc", "--version"],
    "rustc's compilation": ["rustc", "hello.rs", "-o", "by_rustc"],
    "go": ["go", "version"],
    "nasm": ["nasm", "-f", "elf64", "hello.asm", "-o", "hello.o"],
    "make": ["make", "-s", "-j2"],
    "cmake": ["cmake", "--version"],
    "sqlite3": [
        "sqlite3",
        ":memory:",
        "with recursive c(x) as (select 1 union all select x + 1 from c limit 9999) select sum(x) from c",
    ],
    "psql": ["psql", "--version"],
    "redis": ["redis-server", "--version"],
    "jq": ["jq", "-n", "[range(10000)] | add"],
    "bc": ["bc", "-l", "sum.bc"],
    "dc": ["dc", "-e", "2 1000 ^ p"],
    "m4": ["m4", "-DX=1", "words"],
    "git": ["git", "hash-object", "words"],
    "tar": ["tar", "cf", "words.tar", "words"],
    "zstd": ["zstd", "-qfT2", "words", "-o", "words.zst"],
    "xz": ["xz", "-kfT2", "words"],
    "bzip2": ["bzip2", "-kf", "words"],
    "openssl": ["openssl", "dgst", "-sha256", "words"],
    "curl": ["curl", "-s", "file:///etc/hostname"],
    "h5dump": ["h5dump", "--version"],
    "ncdump": ["ncdump", "no-such-file.nc"],
    "zsh": ["zsh", "-fc", "for i in {1..5}; do print $i; done | sort -r"],
    "bash": ["bash", "-c", "for i in {1..5}; do echo $i; done | sort -r; exit 3"],
    "sort": ["sort", "--parallel=2", "words"],
    "busybox": ["busybox", "sh", "-c", "echo $((6 * 7)); exit 4"],
    "ed": ["ed", "-s", "words"],
    "chromium": ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "page.html"],
}
FILES["sum.bc"] = "for (i = 0; i < 1000; ++i) s += i\ns\nquit\n"
INPUT = {"tcl": "puts [llength [lrepeat 100000 x]]\n", "ed": "5p\nq\n"}


def run(words, folder, text):
    try:
        return subprocess.run(words, cwd=folder, input=text, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None


def main():
    missing, failed, done = [], [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "classes").mkdir()
        for file, content in FILES.items():
            (folder / file).write_text(content)
        for program, words in PROGRAMS.items():
            plain = run(words, folder, INPUT.get(program, "")) if shutil.which(words[0]) else None
            if plain is None or "ModuleNotFoundError" in plain.stderr:
                missing.append(program)
                continue
            traced = run([CHUNKMARK, "trace", "-o", "traced.cmk", "--", *words], folder, INPUT.get(program, ""))
            done += 1
            if traced is None:
                failed.append(f"{program}: hangs")
            elif (traced.returncode, traced.stdout) != (plain.returncode, plain.stdout):
                failed.append(
                    f"{program}: expected {plain.returncode}, {plain.stdout[-200:]!r}, found "
                    f"{traced.returncode}, {traced.stdout[-200:]!r}, {traced.stderr[-500:]}"
                )
            print(
                f"{program}: {'as untraced' if not failed or not failed[-1].startswith(program + ':') else 'FAILED'}",
                flush=True,
            )
    print(f"{done} programs; not installed: {', '.join(missing) or 'none'}")
    print("\n".join(failed))
    if failed:
        return 1
    if done < MIN_RUN:
        print(f"expected at least {MIN_RUN} programs")
        return NOT_RUN
    return 0


if __name__ == "__main__":
    sys.exit(main())
