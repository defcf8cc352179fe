"""What others have published opens, and says what the study of it found: memray_reports.py CHUNKMARK FOLDER

FOLDER holds memray's HTML reports of arrays of 100 MB. memray_reports.json: of each, the peak, the extra copies and
memray's own number of records. Exits with 77 where there is no such folder.
"""

import json
import pathlib
import subprocess
import sys

chunkmark, folder = sys.argv[1], pathlib.Path(sys.argv[2])
if not folder.is_dir():
    print(f"not run, missing: {folder}")
    sys.exit(77)
expected = json.loads(pathlib.Path(__file__).with_suffix(".json").read_text())
wrong, seen = [], 0
for name, figures in expected.items():
    page = folder / f"{name}.bin.html"
    if not page.exists():
        continue
    seen += 1
    command = [chunkmark, "inspect", page, "--json", "--array-bytes", "100000000"]
    document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = {key: document[key] for key in figures}
    if found != figures:
        wrong.append(f"{name}: expected {figures}, found {found}")
print(f"{seen} reports read, {len(wrong)} otherwise than expected", *wrong, sep="\n")
sys.exit(1 if wrong or not seen else 0)
