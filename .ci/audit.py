"""Ask whether anything that is installed has a known vulnerability: exit status 1 if so.

The answers come from OSV (osv.dev), by way of pip-audit. Where it cannot be reached, as on a
machine that sees package indexes alone, a line says so and the status is 0: nothing is known then,
neither good nor bad. What is known and accepted stands in `audit_accepted.txt`, with the reason.
"""

import argparse
import json
import subprocess
import sys
import urllib.request
from pathlib import Path

SERVICE = "https://api.osv.dev/v1/query"
ACCEPTED = Path(__file__).with_name("audit_accepted.txt")
# Whoever knows of no vulnerability in this is not the service.
KNOWN_TO_BE_BAD = {"package": {"name": "pillow", "ecosystem": "PyPI"}, "version": "9.0.0"}
SECONDS_TO_ANSWER = 10
SECONDS_FOR_ALL = 180


def main(arguments: list[str] | None = None) -> int:
    """Audit what is installed, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", default=SERVICE)
    parser.add_argument("--path", help="a folder of packages, in place of this environment")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED)
    options = parser.parse_args(arguments)
    accepted = read_accepted(options.accepted)
    if why := why_unreachable(options.service):
        print(f"Dependencies were NOT audited: {why}")
        return 0
    try:
        found = ask(options.service, options.path)
    except (subprocess.TimeoutExpired, ValueError) as error:
        print(f"Dependencies were NOT audited: {error}")
        return 0
    return tell(found, accepted)


def read_accepted(path: Path) -> dict[str, str]:
    """Return what is accepted, with the reasons: a line each, the id first.

    Raises:
        SystemExit: A line has no reason.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    parts = [line.split(maxsplit=1) for line in lines if line.strip() and line[0] != "#"]
    if bare := [part[0] for part in parts if len(part) < 2]:
        sys.exit(f"{path.name} accepts {bare[0]} without a reason. Write it behind the id.")
    return dict(parts)


def why_unreachable(service: str) -> str:
    """Ask for a package that is known to be bad; say why the service is none, or nothing."""
    query = json.dumps(KNOWN_TO_BE_BAD).encode()
    try:
        with urllib.request.urlopen(service, query, timeout=SECONDS_TO_ANSWER) as answer:
            knows = json.load(answer).get("vulns")
    except (OSError, ValueError, AttributeError) as error:
        return f"{service} cannot be asked ({error})."
    return "" if knows else f"{service} answers, but knows no vulnerabilities."


def ask(service: str, path: str | None) -> list[dict]:
    """Return what is installed, each with its vulnerabilities, or why it was skipped.

    Raises:
        ValueError: There was no answer for all of it.
        subprocess.TimeoutExpired: It took too long.
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv"]
    command += ["--osv-url", service, "--format", "json", "--progress-spinner", "off"]
    command += ["--path", path] if path else ["--local", "--skip-editable"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_FOR_ALL)
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip() or "no word").splitlines()[-1]
        raise ValueError(f"pip-audit ended with {last}") from None


def tell(found: list[dict], accepted: dict[str, str]) -> int:
    """Print what was found, and return 1 if some of it is not accepted."""
    audited = [one for one in found if "skip_reason" not in one]
    seen, bad = set(), 0
    for one in audited:
        for item in one["vulns"]:
            ids = {item["id"], *item["aliases"]}
            why = next((accepted[name] for name in ids if name in accepted), None)
            seen |= ids
            bad += why is None
            print(line_about(one, item, why))
    for one in found:
        if "skip_reason" in one:
            print(f"{one['name']} was not audited: {one['skip_reason']}")
    for name in accepted.keys() - seen:
        print(f"{name} is accepted, but nobody has it any more. Take it out.")
    print(f"{len(audited)} packages audited, {bad} vulnerabilities that nobody has accepted.")
    return 1 if bad else 0


def line_about(one: dict, item: dict, why: str | None) -> str:
    """Return a line about a vulnerability."""
    mended = ", ".join(item["fix_versions"]) or "no version yet"
    end = f"accepted: {why}" if why else f"mended in {mended}: {item['description'][:200]}"
    return f"{one['name']} {one['version']}: {item['id']}, {end}"


if __name__ == "__main__":
    sys.exit(main())
