"""The process that makes what is taken away: seconds of work that a server has not.

`python -m explorer.exports.worker FILE` reads one request as JSON from standard input, tells how
far it is in lines of JSON on standard output, and writes the result to FILE.
"""

import json
import os
import sys
import zipfile
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from explorer import runs
from explorer.exports.comparison import Comparison
from explorer.exports.csv_text import to_csv
from explorer.exports.document import Tell, make_report
from explorer.exports.pictures import picture
from explorer.exports.tables import TABLES

NICENESS = 5
REPORT, PICTURE, TABLE, ALL_TABLES = "report", "picture", "table", "tables"


@dataclass(frozen=True)
class Request:
    """What is to be made.

    Args:
        what: `"report"`, `"picture"`, `"table"` or `"tables"`.
        run_a: Folder of run A.
        run_b: Folder of run B.
        comparison: Arguments of `Comparison` beside the runs.
        chart: For a picture, the chart.
        file_format: For a picture, `"png"` or `"svg"`.
        step: For a picture, where the slider stands.
        table: For a table, a key of `TABLES`.
    """

    what: str
    run_a: str
    run_b: str
    comparison: dict
    chart: str = ""
    file_format: str = ""
    step: float = 0
    table: str = ""

    def to_json(self) -> str:
        """Write it as a worker reads it."""
        return json.dumps(asdict(self))


def make(request: Request, tell: Tell) -> bytes:
    """Make what is asked for.

    Raises:
        ValueError: There is nothing of this in the runs, in words for people.
    """
    chosen = (runs.open_run(request.run_a), runs.open_run(request.run_b))
    comparison = Comparison(chosen, **request.comparison)
    if request.what == REPORT:
        return make_report(comparison, tell=tell).encode("utf-8", "replace")
    if request.what == PICTURE:
        tell(0.2, "Drawing the picture")
        return picture(comparison, request.chart, request.file_format, step=request.step)
    if request.what == TABLE:
        tell(0.2, "Writing the table")
        return to_csv(TABLES[request.table](comparison)).encode("utf-8", "replace")
    return _all_tables(comparison, tell)


def _all_tables(comparison, tell):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, table) in enumerate(TABLES.items()):
            tell(number / len(TABLES), f"Writing {name}.csv")
            try:
                written = to_csv(table(comparison))
            except ValueError as error:
                archive.writestr(f"{name} is missing.txt", f"{error}\n")
                continue
            archive.writestr(f"{name}.csv", written.encode("utf-8", "replace"))
    return packed.getvalue()


def main() -> int:
    """Carry out the request on standard input; 2 when it cannot be done, said in the last line."""
    os.nice(NICENESS)
    try:
        request = Request(**json.loads(sys.stdin.read()))
        content = make(request, lambda share, words: _say(share=share, words=words))
        Path(sys.argv[1]).write_bytes(content)
    except (ValueError, OSError) as error:
        _say(error=str(error))
        return 2
    return 0


def _say(**line):
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
