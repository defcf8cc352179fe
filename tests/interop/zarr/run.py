"""Runs the interop cases in an engine's own environment: run.py ENGINE ZARR_CASE PEERS_FOLDER"""

import pathlib
import subprocess
import sys

CASES = {"tensorstore": ["tensorstore_cases.py"], "zarrs": ["cases.py", "zarrs.ZarrsCodecPipeline"]}

if __name__ == "__main__":
    engine, program, peers = sys.argv[1:]
    found = subprocess.run([sys.executable, f"{peers}/venv.py", engine], check=True, stdout=subprocess.PIPE, text=True)
    cases, *more = CASES.get(engine, ["cases.py"])
    script = pathlib.Path(__file__).resolve().parent / cases
    sys.exit(subprocess.run([found.stdout.strip(), "-B", str(script), program, *more]).returncode)
