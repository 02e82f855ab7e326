"""A package, so that another one called `tests`, installed by somebody's library, is not taken."""
