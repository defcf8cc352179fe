"""tensorstore.

https://google.github.io/tensorstore/kvstore/file/ (file_io_sync: no fsync, as durability none; file_io_mode memmap: files are
mapped instead of read into memory of their own), https://google.github.io/tensorstore/python/api/
tensorstore.TensorStore.write.html (can_reference_source_data_indefinitely: the array need not be copied), https://
google.github.io/tensorstore/driver/zarr3/ (store_data_equal_to_fill_value spares the comparison of every chunk with the fill
value).
"""

import os

import numpy as np

from .codecs import BLOSC, GZIP_LEVEL, ZSTD_LEVEL


class Engine:
    def __init__(self, task):
        self.task = task

    def compressor_v2(self):
        return {
            "none": None,
            "blosc": {"id": "blosc", "shuffle": 1, **BLOSC},
            "zstd": {"id": "zstd", "level": ZSTD_LEVEL},
            "gzip": {"id": "gzip", "level": GZIP_LEVEL},
        }[self.task.codec]

    def codecs_v3(self):
        itemsize = np.dtype(self.task.dtype).itemsize
        serial = {"name": "bytes", "configuration": {"endian": "little"}} if itemsize > 1 else {"name": "bytes"}
        settings = {
            "none": [],
            "blosc": [{"name": "blosc", "configuration": {**BLOSC, "shuffle": "shuffle", "typesize": itemsize}}],
            "zstd": [{"name": "zstd", "configuration": {"level": ZSTD_LEVEL}}],
            "gzip": [{"name": "gzip", "configuration": {"level": GZIP_LEVEL}}],
        }
        codecs = [serial, *settings[self.task.codec]]
        if not self.task.shards:
            return codecs
        index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
        shards = {"chunk_shape": list(self.task.chunks), "codecs": codecs, "index_codecs": index}
        return [{"name": "sharding_indexed", "configuration": shards}]

    def kvstore(self):
        if not self.task.url:
            return {"driver": "file", "path": self.task.path + "/"}
        bucket, prefix = self.task.url.removeprefix("s3://").split("/", 1)
        store = {"driver": "s3", "bucket": bucket, "path": prefix + "/", "aws_credentials": {"type": "environment"}}
        if "AWS_ENDPOINT_URL" in os.environ:
            store |= {
                "endpoint": os.environ["AWS_ENDPOINT_URL"],
                "aws_region": os.environ.get("AWS_REGION", "us-east-1"),
            }
        return store

    def open(self, **how):
        import tensorstore

        context = tensorstore.Context(
            {
                "cache_pool": {"total_bytes_limit": 0},
                "data_copy_concurrency": {"limit": self.task.threads},
                "file_io_sync": False,
                "file_io_mode": {"mode": "memmap"},
            }
        )
        driver = {"zarr2": "zarr", "zarr3": "zarr3"}[self.task.format]
        spec = {
            "driver": driver,
            "kvstore": self.kvstore(),
            "store_data_equal_to_fill_value": True,
        }
        if "metadata" in how:
            spec["metadata"] = how.pop("metadata")
        self.array = tensorstore.open(spec, context=context, **how).result()

    def open_for_write(self):
        shape, chunks = list(self.task.shape), list(self.task.chunks)
        if self.task.format == "zarr2":
            metadata = {
                "shape": shape,
                "chunks": chunks,
                "dtype": np.dtype(self.task.dtype).str,
                "compressor": self.compressor_v2(),
                "fill_value": 0,
            }
        else:
            metadata = {
                "shape": shape,
                "data_type": self.task.dtype,
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(self.task.shards or chunks)}},
                "codecs": self.codecs_v3(),
                "fill_value": 0,
            }
        self.open(metadata=metadata, create=True, delete_existing=True)

    def open_for_read(self):
        self.open(read=True)

    def write(self, array):
        self.array.write(array, can_reference_source_data_indefinitely=True).result()

    def read(self):
        return self.array.read().result()

    def read_part(self, selection):
        return self.array[selection].read().result()
