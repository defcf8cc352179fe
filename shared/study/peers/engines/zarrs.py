"""zarrs through zarr-python: the Rust codec pipeline in place of zarr-python's, which reads and writes local files by itself:
https://github.com/zarrs/zarrs-python (README, Usage and Configuration)"""

from . import zarr_python_3


class Engine(zarr_python_3.Engine):
    def configure(self):
        import zarr
        import zarrs  # noqa: F401

        zarr.config.set(
            {
                "codec_pipeline.path": "zarrs.ZarrsCodecPipeline",
                "codec_pipeline.chunk_concurrent_maximum": self.task.threads,
                "threading.max_workers": self.task.threads,
            }
        )
