"""zarr-python over fsspec's s3fs: https://zarr.readthedocs.io/en/stable/user-guide/storage/ (Remote Store)

Its defaults; the endpoint and the keys come from the variables that botocore knows.
"""

from . import zarr_python_3


class Engine(zarr_python_3.Engine):
    def make_store(self):
        from zarr.storage import FsspecStore

        return FsspecStore.from_url(self.task.url)
