"""`python -m explorer`: the jobs of the explorer from a shell."""

from explorer.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
