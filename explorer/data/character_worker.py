"""Draws a share of the bundled set in a process of its own and writes its bytes to the output."""

import sys

from explorer.data.characters import draw_number


def main(arguments: list[str]):
    """Write the images `range(start, stop, step)` at a size and a seed, all given as text."""
    start, stop, step, image_size, seed = map(int, arguments)
    for index in range(start, stop, step):
        sys.stdout.buffer.write(draw_number(index, image_size, seed).tobytes())


if __name__ == "__main__":
    main(sys.argv[1:])
