"""Lines of equal height over a grid, as straight pieces."""

from collections.abc import Sequence

import numpy as np

EDGES = ((0, 1), (1, 2), (2, 0))  # of a triangle


def contours(
    x: np.ndarray, y: np.ndarray, heights: np.ndarray, levels: Sequence[float]
) -> np.ndarray:
    """Find where a surface has given heights.

    Each cell of the grid is cut into two triangles. A plane through three corners meets a level
    in one straight piece or not at all, so that no case is ambiguous.

    Args:
        x: Ascending. (columns,)
        y: Ascending. (rows,)
        heights: Not finite where there is none; triangles there have no lines. (rows, columns)
        levels: Heights to look for.

    Returns:
        A row a piece: level, x and y of its one end, x and y of the other. (pieces, 5)
    """
    corners = _triangles(x, y, np.asarray(heights, np.float64))
    return np.concatenate([np.zeros((0, 5)), *(_pieces(corners, level) for level in levels)])


def _triangles(x, y, heights):
    """Cut the grid into triangles with finite corners: x, y, height. (triangles, 3, 3)."""
    points = np.stack([*np.meshgrid(x, y), heights], axis=-1)
    low, right = points[:-1, :-1], points[:-1, 1:]
    up, far = points[1:, :-1], points[1:, 1:]
    both = [np.stack(three, axis=-2) for three in ((low, right, far), (low, far, up))]
    triangles = np.concatenate([half.reshape(-1, 3, 3) for half in both])
    return triangles[np.isfinite(triangles).all(axis=(1, 2))]


def _pieces(triangles, level):
    above = triangles[..., 2] >= level
    met = triangles[above.any(axis=1) & ~above.all(axis=1)]
    if not len(met):
        return np.zeros((0, 5))
    ends = np.stack([_crossing(met[:, a], met[:, b], level) for a, b in EDGES], axis=1)
    crossed = np.isfinite(ends[..., 0])  # two of three edges
    return np.column_stack([np.full(len(met), level), ends[crossed].reshape(len(met), 4)])


def _crossing(begin, end, level):
    """Return where edges cross a level, NaN for those that do not. (edges, 2)."""
    low, high = begin[:, 2], end[:, 2]
    crosses = (low >= level) != (high >= level)
    share = np.full(len(low), np.nan)
    share[crosses] = (level - low[crosses]) / (high - low)[crosses]
    return begin[:, :2] + share[:, None] * (end - begin)[:, :2]
