"""What a stranger can ask of the running server, and what comes back."""

import asyncio
import http.client
import json
import re
import urllib.parse

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from benchmarks.visiting import EDGE, STREAM, Visitor
from explorer.web.headers import COOKIE, HEADERS
from explorer.web.page_style import STYLE
from tests.waiting import run_async
from tests.web.serving import EVIL, visit, visits

PAGES = ("", "convolution", "trainer", "compare", "learning_rate", "filters")
VIEWS = {
    "trainer": ("Runs",),
    "compare": ("Curves", "Distributions", "Weights", "Checkpoints", "Take away"),
    "learning_rate": ("The real valley", "The loss surface", "Range test", "Sweep"),
    "filters": ("Feature maps", "Filters"),
}
PLACES = [(page, "") for page in PAGES]
PLACES += [(page, f"view={urllib.parse.quote(view)}") for page in VIEWS for view in VIEWS[page]]
EXPRESSIONS = {"expr", "calculate", "test", "labelExpr", "filter", "signal", "update", "value_expr"}
LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


def ask(url, path="/", method="GET", body=None, **headers):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = "" if answer.status == 101 else answer.read().decode(errors="replace")
    connection.close()
    return answer, content


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/compare", 200), ("/_stcore/health", 200), ("/media/none.png", 404)],
)
def test_every_answer_carries_the_headers(served, path, status):
    answer, _ = ask(served.url, path)
    assert answer.status == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert all(len(answer.headers.get_all(name)) == 1 for name in HEADERS)


@pytest.mark.parametrize("path", ["/", "/compare"])
def test_a_page_comes_whole_with_its_style_however_it_is_asked_for(served, path):
    plain, page = ask(served.url, path, Accept="text/html")
    assert page.index(STYLE.decode()) < page.index("</head>")
    assert page.endswith("</html>\n")
    asked = {"Accept": "text/html", "Accept_Encoding": "gzip", "Range": "bytes=0-99"}
    assert ask(served.url, path, **asked)[1] == page
    head, _ = ask(served.url, path, "HEAD", Accept="text/html")
    assert head.headers["content-length"] == plain.headers["content-length"]


def test_files_that_are_no_pages_come_as_they_are(served):
    name = re.search(r"static/js/index\.[\w-]+\.js", ask(served.url, Accept="text/html")[1])[0]
    asked = {"Accept": "text/html,*/*", "Accept_Encoding": "identity"}
    assert ask(served.url, f"/{name}", **asked)[1] == ask(served.url, f"/{name}")[1]
    assert ask(served.url, "/_stcore/health", **asked)[1] == "ok"


def test_no_script_can_be_made_of_text_nor_the_app_be_framed_by_a_stranger(served):
    policy = ask(served.url)[0].headers["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "http" not in policy.replace("https:", "")
    assert "frame-ancestors 'self'" in policy


def test_a_visitor_gets_a_cookie_once_that_no_script_can_read(served):
    cookie = ask(served.url)[0].headers["set-cookie"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{22}}; Path=/; HttpOnly; SameSite=Lax", cookie)
    assert ask(served.url, Cookie=cookie.split(";")[0])[0].headers["set-cookie"] is None
    assert ask(served.url, Cookie=f"{COOKIE}=forged")[0].headers["set-cookie"] is not None
    assert COOKIE not in str(ask(served.url, "/_stcore/health")[0].headers["set-cookie"])


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "localhost@evil"])
def test_a_name_that_is_not_the_servers_is_refused(served, host):
    answer, content = ask(served.url, Host=host)
    assert answer.status in (400, 421)
    assert "server.allowedHosts" in content or answer.status == 400
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_names_of_the_server_and_a_health_check_are_answered(served):
    for host in ("localhost", "localhost:8501", "app.example.org", "APP.example.org."):
        assert ask(served.url, Host=host)[0].status == 200
    assert ask(served.url, "/_stcore/health", Host="10.0.0.7")[1] == "ok"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost"}, 101),
        ({"Host": "localhost", "Origin": "http://localhost"}, 101),
        ({"Host": "localhost", "Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
    ],
    ids=str,
)
def test_a_strangers_page_cannot_open_the_stream(served, headers, status):
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec_WebSocket_Version": "13",
    }
    assert ask(served.url, STREAM, **upgrade, **headers)[0].status == status


def test_an_upload_needs_the_token_a_session_a_length_and_room(served):
    async def go():
        async with Visitor(served.url) as visitor:
            await visitor.visit("filters")
            path = f"/_stcore/upload_file/{visitor.session}/1"
            own = {"Cookie": visitor.cookies}
            length = {"Content_Length": "300000000"}
            assert ask(served.url, path, "PUT", b"x", **own, Content_Length="1")[0].status == 403
            assert ask(served.url, path, "PUT", **own)[0].status == 411
            lie = {"Content_Length": "1", "Transfer_Encoding": "chunked"}
            assert (
                ask(served.url, path, "PUT", b"1\r\nx\r\n0\r\n\r\n", **own, **lie)[0].status == 411
            )
            answer, content = ask(served.url, path, "PUT", **own, **length)
            assert (answer.status, "One visitor may fill 2 MB" in content) == (413, True)
            assert await visitor.upload("a", bytes(1_500_000)) == 204
            assert await visitor.upload("b", bytes(1_500_000)) == 413

    run_async(go())
    answer, _ = ask(served.url, "/_stcore/upload_file/nobody/1", "PUT", b"x", Content_Length="1")
    assert answer.status in (400, 403)


def test_all_windows_of_a_visitor_share_his_room_and_others_have_their_own(served):
    async def go():
        async with Visitor(served.url) as first, Visitor(served.url) as second:
            assert await upload_of(first) == 204
            async with Visitor(served.url) as window:
                window.cookies = first.cookies
                assert await upload_of(window) == 413
            assert await upload_of(second) == 204

    run_async(go())


async def upload_of(visitor):
    await visitor.visit("filters")
    return await visitor.upload("file", bytes(1_400_000))


@pytest.mark.parametrize("every", [0.2, 60], ids=["trickles", "stands still"])
def test_an_upload_that_does_not_come_is_ended_and_its_room_is_free_again(served, every):
    async def go():
        async with Visitor(served.url) as visitor:
            await visitor.visit("filters")
            reader, writer = await begin_to_send(served.url, visitor)
            assert await visitor.upload("waits", bytes(1_400_000)) == 413
            answer = asyncio.create_task(reader.read())
            while not (await asyncio.wait([answer], timeout=every))[0]:
                writer.write(b"x")
            writer.close()
            assert b" 408 " in answer.result()
            assert b"stood still for 4 seconds" in answer.result()
            assert await visitor.upload("waits no more", bytes(1_400_000)) == 204

    run_async(go())


async def begin_to_send(url, visitor):
    """Announce a file of 1.4 MB, and send what stands before it; return the open line."""
    parts = urllib.parse.urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    said = {**visitor.upload_headers(), "Host": parts.netloc, "Content-Length": 1_400_000}
    lines = [f"PUT {await visitor.address_for('slow')} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in said.items()]
    lines += ["", f"--{EDGE}", 'Content-Disposition: form-data; name="slow"; filename="slow"']
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await writer.drain()
    return reader, writer


def test_the_words_of_strangers_are_never_markup(served):
    for (page, query), seen in zip(PLACES, visits(served.url, *PLACES), strict=True):
        assert seen.errors == [], (page, query)
        for text in seen.markdown:
            assert "![x](" not in text, (page, query, text)
            assert ":material/delete" not in text, (page, query, text)
    assert any("EVIL" in text for seen in visits(served.url, *PLACES) for text in seen.markdown)


def test_the_words_of_strangers_are_never_part_of_an_expression(served):
    charts = [chart for seen in visits(served.url, *PLACES) for chart in seen.charts]
    assert any("EVIL" in chart for chart in charts)
    for chart in charts:
        for expression in expressions(json.loads(chart)):
            assert "EVIL" not in LITERAL.sub("", expression)


def expressions(part, key=None):
    if isinstance(part, dict):
        for name, value in part.items():
            yield from expressions(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from expressions(value, key)
    elif isinstance(part, str) and key in EXPRESSIONS:
        yield part


def test_the_check_of_expressions_itself_can_fail():
    found = list(expressions({"transform": [{"calculate": "datum.x + EVIL + 'EVIL'"}]}))
    assert ["EVIL" in LITERAL.sub("", one) for one in found] == [True]
    assert "'" in EVIL
    assert '"' in EVIL


@pytest.mark.parametrize(
    "way", ["../outside", "{folder}/outside", "..%2Foutside", "a/../../outside"]
)
def test_no_address_leads_out_of_the_folder_of_runs(served, way):
    way = way.replace("{folder}", str(served.folder))
    value = way if "%" in way else urllib.parse.quote(way, safe="")
    for page in PAGES:
        names = ("run", "a", "b", "layer", "tensor", "images", "picture", "of", "view", "network")
        seen = visit(served.url, page, "&".join(f"{name}={value}" for name in names))
        said = [*seen.texts, *seen.charts]
        assert "OUTSIDE" not in "".join(said), page
        assert not any("Traceback" in text for text in seen.texts), page


def test_an_error_shows_its_kind_and_nothing_of_the_code(served):
    """Nonsense for a widget ends the script with an error that nobody foresaw."""
    words = " ".join(nonsense(served.url))
    assert "This part of the page has failed" in words
    assert not re.search(r"Traceback|\.py|line \d|/home|/work|/tmp", words)
    assert visit(served.url, "compare").errors == []


def nonsense(url):
    async def go():
        async with Visitor(url) as visitor:
            seen = await visitor.visit("compare")
            for widget in seen.components:
                state = ClientState(page_name="compare")
                one = state.widget_states.widgets.add()
                one.id, one.json_value = widget, "{no json"
                await visitor.say(BackMsg(rerun_script=state))
                seen = await visitor.answered()
                if seen.errors:
                    return seen.errors
        return []

    return run_async(go())
