"""What `h5` shows of a file without versions: plain.py CHUNKMARK PLAIN_FILE"""

import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

PLAIN_FILE = str(pathlib.Path(sys.argv.pop(2)).resolve())
CHUNKMARK = str(pathlib.Path(sys.argv.pop(1)).resolve())


class Plain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        subprocess.run([PLAIN_FILE, "plain.h5"], cwd=cls.temporary.name, check=True)

    def h5(self, *words, status=0):
        result = subprocess.run([CHUNKMARK, "h5", *words], text=True, capture_output=True, cwd=self.temporary.name)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def test_dump(self):
        document = json.loads(self.h5("dump", "plain.h5", "--json").stdout)
        self.assertEqual((document["groups"], document["unreadable"]), (["/group"], {}))
        self.assertEqual(sorted(document["datasets"]), ["/group/x", "/none"])
        x = document["datasets"]["/group/x"]
        self.assertEqual(x["sha256"], hashlib.sha256(struct.pack("<24i", *range(24))).hexdigest())
        self.assertEqual(
            [x[fact] for fact in ("shape", "dtype", "chunks", "layout", "filters")],
            [[4, 6], "<i4", [2, 4], "chunked", [1]],
        )
        self.assertEqual(x["attrs"]["unit"]["data"], [7])
        self.assertIsNone(document["datasets"]["/none"]["shape"])
        self.assertIn("  /group/x  4 x 6  <i4  ", self.h5("dump", "plain.h5").stdout)

    def test_show(self):
        self.assertEqual(
            self.h5("show", "plain.h5").stdout, "no versions\n  group/x  4 x 6  <i4\n  none  no shape  <i4\n"
        )
        for name in ("group/x", "/group/x", ":group/x"):
            shown = json.loads(self.h5("show", "plain.h5", name, "--region", "1:3,4:6", "--json").stdout)
            self.assertEqual(shown["data"], [10, 11, 16, 17])
        self.assertIn("attribute   unit = {", self.h5("show", "plain.h5", "group/x").stdout)

    def test_what_is_not_there(self):
        said = self.h5("show", "plain.h5", "group/y", status=1).stderr
        self.assertIn("plain.h5: no dataset group/y; did you mean group/x?", said)
        self.assertIn("--region needs a dataset", self.h5("show", "plain.h5", "--region", "0:1", status=2).stderr)
        for command in ("log", "verify", "diff"):
            said = self.h5(command, "plain.h5", status=1).stderr
            self.assertIn("it has no group /_version_data; chunkmark h5 show and h5 dump read it all the same", said)


if __name__ == "__main__":
    unittest.main()
