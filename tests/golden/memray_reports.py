"""What others have published opens, and says what the study of it found: memray_reports.py CHUNKMARK FOLDER

FOLDER holds memray's HTML reports of arrays of 100 MB. memray_reports.json: of each, the peak, the extra copies and
memray's own number of records. What is concluded of each, and what is found of it, is checked as well. Exits with 77 where there is no such folder.
"""

import json
import pathlib
import subprocess
import sys

chunkmark, folder = sys.argv[1], pathlib.Path(sys.argv[2])
if not folder.is_dir():
    print(f"not run, missing: {folder}")
    sys.exit(77)
# Runs in which buffers of the array's size came besides those of the peak, and reports that are not to be trusted as they
# are; the others are.
ONE_AFTER_ANOTHER = {"read-s3-zarr-v3-fsspec-compressed", "write-s3-zarr-v3-fsspec-compressed"}
FINDINGS = {
    "write-s3-zarr-v2-fsspec-compressed": ["suspect"],
    "write-s3-zarr-v3-dev-obstore-uncompressed": ["defect"],
    "write-s3-zarr-v3-fsspec-compressed": ["defect"],
    "write-s3-zarr-v3-fsspec-uncompressed": ["defect"],
}
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
    copies = figures["extra_copies"]
    told = "no extra copy" if copies == 0 else f"{copies} extra cop{'y' if copies == 1 else 'ies'}"
    if not document["conclusions"][0].startswith(told + " at the heap peak: "):
        wrong.append(f"{name}: expected {told}, found {document['conclusions']}")
    if "at least" in str(document["conclusions"]) and name not in ONE_AFTER_ANOTHER:
        wrong.append(f"{name}: {document['conclusions']}")
    kinds = [kind for kind in ("defect", "suspect") if kind in str(document["findings"])]
    if kinds != FINDINGS.get(name, []):
        wrong.append(f"{name}: expected findings {FINDINGS.get(name, [])}, found {document['findings']}")
print(f"{seen} reports read, {len(wrong)} otherwise than expected", *wrong, sep="\n")
sys.exit(1 if wrong or not seen else 0)
