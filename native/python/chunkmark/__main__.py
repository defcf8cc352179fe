"""The program `chunkmark`: python -m chunkmark, and the wheel's command of that name. It takes this process's place."""

import os
import sys

from . import _places


def main() -> None:
    program = _places.program()
    os.execv(program, [str(program), *sys.argv[1:]])


if __name__ == "__main__":
    main()
