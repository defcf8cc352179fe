"""zarr-python 3, and what the engines that are built on it share. write_empty_chunks spares the comparison of every chunk with
the fill value: https://zarr.readthedocs.io/en/stable/user-guide/performance/ (Empty chunks)"""

from .codecs import numcodecs_compressor, use_blosc_threads, zarr3_compressors


class Engine:
    def __init__(self, task):
        self.task = task

    def make_store(self):
        from zarr.storage import LocalStore

        return LocalStore(self.task.path)

    def configure(self):
        import zarr

        zarr.config.set({"threading.max_workers": self.task.threads, **self.fused_pipeline()})
        use_blosc_threads(self.task.threads)

    def fused_pipeline(self):
        # The faster pipeline, which does without an event loop; since 3.3, and to be asked for (zarr/core/config.py).
        from zarr.core import codec_pipeline

        if not hasattr(codec_pipeline, "FusedCodecPipeline"):
            return {}
        path = "zarr.core.codec_pipeline.FusedCodecPipeline"
        return {"codec_pipeline.path": path, "codec_pipeline.max_workers": self.task.threads}

    def create(self, store):
        import zarr

        task = self.task
        is_v2 = task.format == "zarr2"
        return zarr.create_array(
            store,
            shape=task.shape,
            chunks=task.chunks,
            dtype=task.dtype,
            zarr_format=2 if is_v2 else 3,
            compressors=numcodecs_compressor(task.codec) if is_v2 else zarr3_compressors(task.codec, task.dtype),
            filters=None,
            fill_value=0,
            overwrite=True,
            config={"write_empty_chunks": True},
        )

    def open_for_write(self):
        self.configure()
        self.array = self.create(self.make_store())

    def open_for_read(self):
        import zarr

        self.configure()
        self.array = zarr.open_array(self.make_store(), mode="r")

    def write(self, array):
        self.array[...] = array

    def read(self):
        return self.array[...]
