"""The programs that draw in the browser, as one source without a network, and their versions."""

from pathlib import Path

import altair as alt
import vl_convert

from explorer.paths import cache_dir
from explorer.runs.files import write_atomically

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def versions() -> dict[str, str]:
    """Return what draws: names and versions."""
    return {
        "Vega-Lite": alt.SCHEMA_VERSION.lstrip("v"),
        "Vega": vl_convert.get_vega_version(),
        "Vega-Embed": vl_convert.get_vega_embed_version(),
    }


def source() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one program that sets `vegaEmbed`.

    Putting them together takes seconds: the result is kept in the cache, where it may be
    deleted at any time.
    """
    path = _place()
    if path.is_file():
        return path.read_text(encoding="utf-8")
    made = vl_convert.javascript_bundle(vl_version=VEGA_LITE)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, made.encode("utf-8"))
    return made


def _place() -> Path:
    name = "-".join([vl_convert.__version__, *versions().values()])
    return cache_dir() / "programs" / f"vega-{name}.js"
