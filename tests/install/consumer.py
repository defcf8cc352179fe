"""Another project finds, builds with and runs the installed libraries: consumer.py BUILD CMAKE_OPTION..."""

import pathlib
import shutil
import subprocess
import sys
import tempfile


def run(*words):
    command = [str(word) for word in words]
    result = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {result.returncode}\n{result.stdout}")
    return result.stdout


def main(build, *options):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run("cmake", "--install", build, "--prefix", folder / "prefix")
        # Outside of the source tree, of which it must need nothing.
        shutil.copytree(pathlib.Path(__file__).resolve().parent / "consumer", folder / "consumer")
        run(
            "cmake", "-S", folder / "consumer", "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={folder}/prefix", *options
        )
        run("cmake", "--build", folder / "build")
        told = run(folder / "build/consumer", folder / "array.zarr", folder / "missing.h5")
        expected = f"12 elements back\nnot_found: {folder}/missing.h5: "
        if not told.startswith(expected):
            sys.exit(f"expected {expected!r}..., found {told!r}")
        if not (folder / "array.zarr/zarr.json").is_file():
            sys.exit("the array is not where it should be")


if __name__ == "__main__":
    main(*sys.argv[1:])
