"""ZIPs that Python's own module can read in part, and stumbles over."""

import io
import zipfile

ENTRY, HEAD = b"PK\x01\x02", b"PK\x03\x04"
NAME_IN_ENTRY, NAME_IN_HEAD = 46, 30


def zip_of(contents):
    """Return a ZIP, all of whose names are announced as text in UTF-8."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, content in contents.items():
            opened.writestr(zipfile.ZipInfo(name), content)
    zipped = bytearray(file.getvalue())
    for sign, flags in ((ENTRY, 9), (HEAD, 7)):
        for place in places_of(zipped, sign):
            zipped[place + flags] |= 8
    return zipped


def places_of(zipped, sign):
    place = zipped.find(sign)
    while place >= 0:
        yield place
        place = zipped.find(sign, place + 1)


def with_a_name_that_is_no_text(contents, where):
    """Break the first name, in the table of contents or before the member itself."""
    zipped = zip_of(contents)
    sign, name = {"table": (ENTRY, NAME_IN_ENTRY), "member": (HEAD, NAME_IN_HEAD)}[where]
    zipped[next(places_of(zipped, sign)) + name] = 0xFF
    return bytes(zipped)


def with_a_nameless_file(contents):
    return bytes(zip_of({**contents, "": b"x"}))
