"""`python -m explorer`: the jobs of the explorer from a shell."""

from explorer.cli import program

if __name__ == "__main__":
    program()
