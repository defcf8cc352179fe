"""Chunks and compression of an HDF5 dataset, as h5py takes them."""


def options(task, rank):
    chunks = {"chunks": (task["chunk_size"],) * rank, "maxshape": (None,) * rank}
    if task["compression"] == "none":
        return chunks
    if task["compression"] in ("zstd", "blosc"):
        import hdf5plugin

        return {**chunks, **(hdf5plugin.Zstd(3) if task["compression"] == "zstd" else hdf5plugin.Blosc())}
    return {**chunks, "compression": task["compression"], "shuffle": True}
