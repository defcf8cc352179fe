"""zarr-python over the Rust object_store: https://developmentseed.org/obstore/latest/integrations/"""

import os

from . import zarr_python_3


class Engine(zarr_python_3.Engine):
    def make_store(self):
        from obstore.store import LocalStore, S3Store
        from zarr.storage import ObjectStore

        if self.task.url:  # the rest is in AWS_ENDPOINT_URL and its kin
            return ObjectStore(S3Store.from_url(self.task.url, client_options={"allow_http": True}))
        os.makedirs(self.task.path, exist_ok=True)
        return ObjectStore(LocalStore(self.task.path))
