"""The action's script with the wheel: what it writes, and its status: action.py WHEEL"""

import os
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / ".github/actions/copies/run"
PROGRAM = "held = bytearray(3_000_000); copy = bytes(held)"


def main(wheel):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for most, status, heading in [("1", 0, "as allowed"), ("0", 1, "failed (status 1)")]:
            output, summary = folder / f"output{most}", folder / f"summary{most}"
            environment = {
                "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": name,
                "COPIES_FOLDER": str(folder / "copies"),
                "COPIES_COMMAND": f"exec python3 -S -c '{PROGRAM}'",
                "COPIES_ARRAY_BYTES": "3000000",
                "COPIES_MAX": most,
                "COPIES_PACKAGE": wheel,
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
            }
            passed = {key: value for key, value in os.environ.items() if key.startswith(("PIP_", "SSL_", "REQUESTS_"))}
            result = subprocess.run([SCRIPT], env={**passed, **environment}, text=True, capture_output=True)
            if result.returncode != status:
                sys.exit(f"status {result.returncode}, expected {status}\n{result.stdout}{result.stderr}")
            told = dict(line.split("=", 1) for line in output.read_text().splitlines())
            page = pathlib.Path(told["report"]).read_text()
            verdict = pathlib.Path(told["verdict"]).read_text()
            good = told["extra-copies"] == "1" and page.startswith("<!") and verdict == summary.read_text()
            if not good or f"### Copies: {heading}\n" not in verdict or "1 extra copy of 3.0 MB" not in verdict:
                sys.exit(f"{told}\n{verdict}")


if __name__ == "__main__":
    main(*sys.argv[1:])
