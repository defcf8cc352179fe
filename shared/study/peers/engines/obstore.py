"""zarr-python over the Rust object_store: https://developmentseed.org/obstore/latest/integrations/"""

import os

from . import zarr_python_3


class Engine(zarr_python_3.Engine):
    def make_store(self):
        from obstore.store import LocalStore
        from zarr.storage import ObjectStore

        os.makedirs(self.task.path, exist_ok=True)
        return ObjectStore(LocalStore(self.task.path))
