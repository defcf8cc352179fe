"""icechunk: one commit of one array. The chunk is an object of the repository; it counts as stored when the commit is done, so
that the commit is part of the write: https://icechunk.io/en/stable/quickstart/"""

from . import zarr_python_3


class Engine(zarr_python_3.Engine):
    def storage(self):
        import icechunk

        icechunk.set_logs_filter("error")  # its warning about local folders goes to standard output
        return icechunk.local_filesystem_storage(self.task.path)

    def open_for_write(self):
        import icechunk

        self.configure()
        self.session = icechunk.Repository.create(self.storage()).writable_session("main")
        self.array = self.create(self.session.store)

    def open_for_read(self):
        import icechunk
        import zarr

        self.configure()
        repository = icechunk.Repository.open(self.storage())
        self.array = zarr.open_array(repository.readonly_session("main").store, mode="r")

    def write(self, array):
        self.array[...] = array
        self.session.commit("written")
