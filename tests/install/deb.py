"""The Debian package, made from the build and unpacked, is an installation (program.py), and names what it needs: deb.py BUILD SOURCE"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

import program


def main(build, source):
    if not shutil.which("dpkg-shlibdeps"):
        print("no dpkg-shlibdeps")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        words = ["cpack", "--config", f"{build}/CPackConfig.cmake", "-B", str(folder)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        (package,) = folder.glob("chunkmark_*.deb")
        told = subprocess.run(["dpkg-deb", "-f", package, "Depends"], check=True, text=True, stdout=subprocess.PIPE)
        for needed in ("libc6 (>=", "libhdf5", "libssl3", "libdw1"):
            if needed not in told.stdout:
                sys.exit(f"Depends: expected {needed}, found {told.stdout}")
        shutil.rmtree(folder / "_CPack_Packages")
        subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)
        return program.run_hidden(folder, build, source, folder / "root/usr")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
