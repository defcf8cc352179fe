"""The exceptions, one a status of chunkmark.h where people tell it from the others. Each also is what Python calls it."""


class Error(Exception):
    """Names the object, what was expected and what was found."""


class NotFoundError(Error, KeyError):
    def __str__(self) -> str:  # KeyError's shows the text in quotes
        return Exception.__str__(self)


class ConflictError(Error):
    """A name that is taken, or another writer."""


class CorruptError(Error, ValueError):
    pass


class UnsupportedError(Error, NotImplementedError):
    pass


class InvalidArgumentError(Error, ValueError):
    pass


class UnavailableError(Error, OSError):
    pass


class InputOutputError(Error, OSError):
    pass


class OutOfMemoryError(Error, MemoryError):
    pass


BY_STATUS: dict[int, type[Error]] = {
    1: NotFoundError,
    2: ConflictError,
    3: CorruptError,
    4: UnsupportedError,
    5: InvalidArgumentError,
    6: InputOutputError,
    7: UnavailableError,
    9: OutOfMemoryError,
}
