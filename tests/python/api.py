"""The Python package as its users meet it: api.py, by a Python that has it (or PYTHONPATH=native/python), and NumPy."""

import copy
import datetime
import os
import pathlib
import pickle
import sys
import tempfile
import threading
import unittest

import chunkmark
import numpy as np

FORMATS = (2, 3)
CODECS = ("none", "blosc", "zstd", "gzip", "lz4")


class InFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)


class Arrays(InFolder):
    def test_what_was_written_is_read_in_every_format_codec_and_order(self):
        values = np.random.default_rng(1).normal(size=(31, 17)).astype("f4")
        for format in FORMATS:
            for codec in CODECS:
                for written in (values, np.asfortranarray(values), values[::-1][::-1]):
                    with self.subTest(format=format, codec=codec, strides=written.strides):
                        array = chunkmark.create(
                            self.folder / "a",
                            values.shape,
                            "f4",
                            chunks=(8, 9),
                            codecs=codec,
                            format=format,
                            overwrite=True,
                        )
                        array.write(written)
                        np.testing.assert_array_equal(chunkmark.open(self.folder / "a")[...], values)

    def test_every_type(self):
        rng = np.random.default_rng(2)
        for name in "b1 i1 >i2 i4 i8 u1 u2 >u4 u8 f2 f4 >f8 c8 c16 S5 U3 M8[ns] m8[s] V4".split():
            bytes_ = rng.integers(0, 2 if name in ("b1", "U3") else 100, 4 * np.dtype(name).itemsize, "u1")
            values = np.array(["a", "bé", "", "xyz"]) if name == "U3" else bytes_.view(name)
            for format in FORMATS:
                with self.subTest(name=name, format=format):
                    array = chunkmark.create(self.folder / "a", 4, name, format=format, overwrite=True)
                    array[:] = values
                    found = chunkmark.open(self.folder / "a")[:]
                    self.assertEqual(found.dtype.kind, np.dtype(name).kind)
                    np.testing.assert_array_equal(found, values)

    def test_structs_and_strings(self):
        values = np.array([(1, 2.5), (3, 4.5)], [("x", "<i4"), ("y", "<f8")])
        chunkmark.create(self.folder / "a", 2, values.dtype).write(values)
        np.testing.assert_array_equal(chunkmark.open(self.folder / "a")[:], values)
        chunkmark.create(self.folder / "s", (3,), str)[:] = ["a", "bé", ""]
        self.assertEqual(chunkmark.open(self.folder / "s")[:].tolist(), ["a", "bé", ""])

    def test_indexes_are_numpys(self):
        values = np.arange(4 * 5 * 6).reshape(4, 5, 6)
        array = chunkmark.create(self.folder / "a", values.shape, values.dtype, chunks=(2, 3, 4), codecs="zstd")
        array.write(values)
        for index in np.s_[
            1,
            -1,
            ...,
            1:3,
            (1, 2),
            (1, 2, 3),
            (..., 2),
            (0, ..., slice(1, 5)),
            ::-1,
            (slice(None), slice(4, 0, -2)),
            7:9,
            2:1,
            (),
        ]:
            with self.subTest(index=index):
                found = array[index]
                np.testing.assert_array_equal(found, values[index])
                self.assertEqual(type(found), type(values[index]))
        for index in (4, (0, 0, 0, 0), (0, -6), "x", 1.5, (..., ...), [1, 2], True, None):
            with self.subTest(index=index), self.assertRaises(IndexError):
                array[index]

    def test_parts_are_written_and_broadcast(self):
        values = np.zeros((6, 7))
        array = chunkmark.create(self.folder / "a", values.shape, "f8", chunks=(4, 4), codecs="gzip")
        for index, part in [
            (np.s_[1:3], 5),
            (np.s_[:, 2], np.arange(6)),
            (np.s_[5, 1:], [1, 2, 3, 4, 5, 6]),
            (np.s_[0], 1),
        ]:
            array[index] = part
            values[index] = part
        np.testing.assert_array_equal(array[...], values)
        with self.assertRaises(ValueError):
            array[1:3] = np.zeros(3)

    def test_read_into_any_writable_buffer(self):
        values = np.arange(12, dtype="f4").reshape(3, 4)
        array = chunkmark.create(self.folder / "a", values.shape, "f4", chunks=(2, 2))
        array.write(values)
        plain = bytearray(48)
        array.read_into(memoryview(plain).cast("f", (3, 4)))
        self.assertEqual(bytes(plain), values.tobytes())
        turned = np.empty((4, 3), "f4").T
        array.read_into(turned)
        np.testing.assert_array_equal(turned, values)
        for out in (np.empty((3, 5), "f4"), np.empty((3, 4), "f8"), memoryview(bytes(48)).cast("f", (3, 4))):
            with self.assertRaises(ValueError):
                array.read_into(out)

    def test_threads_and_forks(self):
        values = np.random.default_rng(3).normal(size=(500, 400))
        array = chunkmark.create(self.folder / "a", values.shape, "f8", chunks=(50, 50), codecs="zstd")
        array.write(values)
        wrong = []

        def read():
            for _ in range(5):
                if not np.array_equal(array[...], values):
                    wrong.append(1)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(array[...], values) else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_fill_values_shapes_and_scalars_as_numpy_has_them(self):
        for value, dtype in [(np.nan, "f4"), (-np.inf, "f8"), (1 + 2j, "c16"), (np.int32(7), "i4"), (True, "?")]:
            array = chunkmark.create(self.folder / "a", np.int64(3), dtype, chunks=2, fill_value=value, overwrite=True)
            np.testing.assert_array_equal(array[:], np.full(3, value, dtype))
        day = np.datetime64("2024-01-01", "D")
        array = chunkmark.create(
            self.folder / "d", np.array([2, 2]), day.dtype, chunks=np.array([1, 2]), fill_value=day
        )
        self.assertEqual((array.chunks, array[1, 1]), ((1, 2), day))
        scalar = chunkmark.create(self.folder / "s", ())
        scalar[()] = 3.5
        self.assertEqual((type(scalar[()]), type(scalar[...]), scalar[()]), (np.float64, np.ndarray, 3.5))

    def test_copies_and_pickles_open_it_again(self):
        array = chunkmark.create(self.folder / "a", (4,))
        array[:] = range(4)
        for other in (copy.copy(array), copy.deepcopy(array), pickle.loads(pickle.dumps(array))):
            self.assertNotEqual(other._handle, array._handle)
            np.testing.assert_array_equal(other[:], range(4))
        file = chunkmark.VersionedFile(self.folder / "v.h5", create=True)
        with file.stage("r1") as stage:
            stage["x"] = np.arange(3)
            for what in (file, stage, stage["x"]):
                with self.assertRaisesRegex(TypeError, "copied"):
                    copy.copy(what)
        with self.assertRaisesRegex(TypeError, "copied"):
            pickle.dumps(file["r1"]["x"])

    def test_what_other_types_would_lose_is_refused(self):
        strings = chunkmark.create(self.folder / "s", (2,), str)
        for call in (
            lambda: strings.__setitem__(slice(None), ["a", None]),
            lambda: chunkmark.create(self.folder / "b", (2,), object),
            lambda: chunkmark.create(self.folder / "b", 2.5),
            lambda: chunkmark.trace("echo words"),
        ):
            with self.assertRaises(TypeError):
                call()

    def test_errors_say_what_was_expected(self):
        array = chunkmark.create(self.folder / "a", (4,))
        for kind, call, words in [
            (chunkmark.NotFoundError, lambda: chunkmark.open(self.folder / "b"), "expected a Zarr array"),
            (KeyError, lambda: chunkmark.open(self.folder / "b"), "expected a Zarr array"),
            (chunkmark.ConflictError, lambda: chunkmark.create(self.folder / "a", (4,)), "expected nothing there"),
            (chunkmark.InvalidArgumentError, lambda: chunkmark.create(self.folder / "c", (4,), chunks=(2, 2)), "rank"),
            (chunkmark.UnsupportedError, lambda: chunkmark.create(self.folder / "c", (4,), codecs="zip"), "zip"),
            (chunkmark.InvalidArgumentError, lambda: chunkmark.open("ftp://host/a"), "expected a folder"),
        ]:
            with self.assertRaisesRegex(kind, words):
                call()
        (self.folder / "a/zarr.json").write_text("{")
        with self.assertRaises(chunkmark.CorruptError):
            chunkmark.open(self.folder / "a")
        array[:] = 1  # knows what it was opened as
        self.assertEqual(array[3], 1)


class Versions(InFolder):
    def file(self):
        return chunkmark.VersionedFile(self.folder / "v.h5", create=True)

    def test_versions_stay_as_they_were(self):
        with self.file() as file:
            with file.stage("r1", message="the first") as version:
                version["g/x"] = np.arange(10.0)
                version.create_dataset("s", data=["a", "bé"])
                version.create_dataset("m", shape=(5, 6), dtype="i4", chunks=(2, 4), compression="gzip")
            with file.stage("r2") as version:
                version["g/x"][2:4] = -1
                version["g/x"].append([20, 21])
                version["m"][[0, 4], [1, 5]] = [7, 8]
                version["m"][-1, 2:4] = 9
                self.assertEqual(version["m"][4, 5], 8)  # as it will be
                del version["s"]
            expected = np.zeros((5, 6), "i4")
            expected[[0, 4], [1, 5]] = [7, 8]
            expected[-1, 2:4] = 9
            first = file["r1"]["g/x"]
            np.testing.assert_array_equal(first[:], np.arange(10))
            np.testing.assert_array_equal(file["r2"]["g/x"][::3], [0, -1, 6, 9])
            np.testing.assert_array_equal(file.current["m"][...], expected)
            self.assertEqual(file["r1"]["s"][:].tolist(), ["a", "bé"])
            self.assertEqual((list(file["r1"]), list(file["r2"])), (["g/x", "m", "s"], ["g/x", "m"]))
            self.assertEqual(
                [(v.name, v.previous, v.message) for v in file.versions], [("r1", None, "the first"), ("r2", "r1", "")]
            )
            with file.stage("b", parent="r1", make_current=False) as version:
                version["g/x"].resize(3)
            self.assertEqual((file.current.name, file["b"]["g/x"].shape), ("r2", (3,)))
            np.testing.assert_array_equal(first[-2:], [8, 9])  # opened before the commit
        with self.assertRaisesRegex(chunkmark.InvalidArgumentError, "closed"):
            first[:]

    def test_a_block_that_fails_leaves_nothing(self):
        with self.file() as file:
            with self.assertRaises(ZeroDivisionError), file.stage("r1") as version:
                version["x"] = np.arange(3)
                1 / 0  # noqa: B018
            self.assertEqual(file.versions, [])
            with file.stage("r1") as version:
                version["x"] = np.arange(4)
                dataset = version["x"]
            with self.assertRaisesRegex(chunkmark.InvalidArgumentError, "committed"):
                dataset[0] = 1
            with self.assertRaises(chunkmark.ConflictError):
                file.stage("r1")
            with self.assertRaises(chunkmark.NotFoundError):
                file["r9"]
            with file.stage("r2") as version, self.assertRaises(ValueError):
                version["x"][[4]] = 1  # outside
            with file.stage("r3") as version:
                with self.assertRaises(ValueError):
                    version.create_dataset("y", data=["a", "b"], dtype="f8", shape=(3,), chunks=0)
                with self.assertRaises((TypeError, ValueError)):
                    version.create_dataset("z", data=np.array(["a text", 3], dtype=object))
                self.assertEqual(list(version), ["x"])

    def test_a_group_is_no_dataset(self):
        with self.file() as file:
            with file.stage("r1") as version:
                version["g/x"] = np.arange(3)
            with self.assertRaisesRegex(chunkmark.NotFoundError, "g is a group"):
                file["r1"]["g"]

    def test_versions_by_name_number_and_time(self):
        with self.file() as file:
            with self.assertRaisesRegex(KeyError, "no version was"):
                file.current  # noqa: B018
            before = datetime.datetime.now(datetime.UTC)
            for name, parent in [("a", None), ("b", None), ("c", "a")]:
                with file.stage(name, parent=parent) as version:
                    version["x"] = np.arange(3)
            self.assertEqual((list(file), len(file), "b" in file, "z" in file), (["a", "b", "c"], 3, True, False))
            self.assertEqual([file[n].name for n in (0, -1)], ["c", "a"])
            self.assertEqual([file[v.time].name for v in file.versions], ["a", "b", "c"])
            self.assertEqual(file[datetime.datetime.now()].name, "c")
            for which in (before, -2, "z"):
                with self.subTest(which=which), self.assertRaises(chunkmark.NotFoundError):
                    file[which]
            with self.assertRaises(IndexError):
                file[1]
            self.assertEqual({path: dataset.shape for path, dataset in file["a"].items()}, {"x": (3,)})
            self.assertEqual((repr(file["a"]), len(file["a"])), ("<chunkmark.Version a>", 1))
            self.assertIn("v.h5", repr(file))

    def test_elements_are_set_by_positions_and_by_bools(self):
        expected = np.arange(12).reshape(3, 4)
        with self.file() as file:
            with file.stage("r1") as version:
                version["m"] = expected
                for selection in ([0, -1], [1, 2]), expected % 3 == 0, ([], []):
                    version["m"][selection] = -7
                    expected[selection] = -7
                for wrong in (expected[0] > 0, ([0], [0.5]), ([0, 1],), ([3], [0]), (slice(None), [1])):
                    with self.subTest(wrong=wrong), self.assertRaises((IndexError, ValueError)):
                        version["m"][wrong] = 1
                with self.assertRaisesRegex(ValueError, "rows of shape"):
                    version["m"].append([1, 2])
                with self.assertRaisesRegex(NotImplementedError, "structs"):
                    version["s"] = np.zeros(2, [("x", "i4")])
            np.testing.assert_array_equal(file["r1"]["m"][...], expected)

    def test_elements_of_one_axis_are_set_by_positions(self):
        expected = np.arange(8.0)
        values = np.array([1.5, 2.5, 3.5])
        values.flags.writeable = False
        with self.file() as file:
            with file.stage("r1") as version:
                version["x"] = expected
                dataset = version["x"]
                for where in [0, 3, 5], [-1, 2, -8], [4, 4, 4], [7, 1, 6]:
                    for positions in np.array(where), np.array(where, np.int32), np.repeat(where, 2)[::2], where:
                        dataset[positions] = values
                        expected[positions] = values
                dataset[np.array([], np.int64)] = []
                for outside in [0, 8], [-9, 1]:
                    with self.assertRaises((IndexError, ValueError)):
                        dataset[np.array(outside)] = -1
            np.testing.assert_array_equal(file["r1"]["x"][...], expected)

    def test_one_writer_at_a_time(self):
        with self.file() as file, chunkmark.VersionedFile(self.folder / "v.h5") as other:
            with file.stage("r1") as version:
                version["x"] = np.arange(4)
            with self.assertRaises(chunkmark.ConflictError):
                other.stage("r2")
            self.assertEqual([version.name for version in other.versions], ["r1"])
        with chunkmark.VersionedFile(self.folder / "v.h5") as file, file.stage("r2") as version:
            version["x"][0] = 9
        np.testing.assert_array_equal(chunkmark.VersionedFile(self.folder / "v.h5")["r2"]["x"][:], [9, 1, 2, 3])


PROGRAM = """
import chunkmark
chunkmark.mark("begin"); held = bytes(bytearray(3_000_000)); chunkmark.mark("end")
"""


class Trace(InFolder):
    def test_figures_of_a_command(self):
        capture = self.folder / "a.cmk"
        figures = chunkmark.trace([sys.executable, "-c", PROGRAM], array_bytes=3_000_000, capture=capture)
        self.assertEqual((figures.extra_copies, figures.status, figures.capture), (1, 0, capture))
        held = sum(
            buffer.bytes for buffer in figures.buffers_at_peak
        )  # the array and its copy; a place or two, by the symbols
        self.assertGreaterEqual(held, 6_000_000)
        self.assertTrue(figures.report(self.folder / "a.html").read_text().startswith("<!"))

    def test_a_command_that_is_not_there(self):
        with self.assertRaises(chunkmark.TraceError):
            chunkmark.trace(["/no/such/program"])

    def test_a_mark_without_the_tracer_does_nothing(self):
        chunkmark.mark("begin")


if __name__ == "__main__":
    unittest.main()
