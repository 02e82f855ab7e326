"""Visitors without a browser: they speak Streamlit's protocol over a WebSocket, as its page does.

A browser takes most of a core and half a gigabyte for what thirty visitors ask of the server; this
asks the same of the server and takes next to nothing. Whatever the page would do by itself, such as
asking again while something is being worked on, a visitor does, too. What the browser draws is not
part of it: `benchmarks/load.py` measures that with real browsers beside these visitors.
"""

import asyncio
import http.client
import json
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

STREAM = "/_stcore/stream"
MOST_BYTES = 100_000_000  # of a message
WAIT_SECONDS = 120
AGENT = "Mozilla/5.0 (X11; Linux x86_64) a visitor of the benchmarks"
EDGE = "edge-of-a-part"
TEXTS = ("markdown", "text", "alert", "heading")


@dataclass
class Seen:
    """What a visit has brought.

    Args:
        seconds: From the question to the end of the answer.
        num_bytes: Of the answer.
        elements: Names of what is on the page, such as `"vega_lite_chart"`, in order of arrival.
        errors: What the page says went wrong.
        texts: What is written on it.
        markdown: That of it which is read as markup.
        components: Ids of the explorer's own parts of the page.
        buttons: Ids of its buttons, by what stands on them.
        uploads: Ids of its fields for files.
        charts: Specifications of its charts, as JSON.
    """

    seconds: float = 0.0
    num_bytes: int = 0
    elements: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    markdown: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)


class Visitor:
    """One session of the app, opened with `async with`.

    Args:
        url: Of the server.
        headers: What else is said when the connection is opened.
    """

    def __init__(self, url: str, **headers: str):
        self._url, self._headers = url, headers
        self._page, self._query, self._script, self._watches = "", "", "", {}
        self.session = self.cookies = ""

    async def __aenter__(self):
        self.cookies = await asyncio.to_thread(self._fetch_cookies)
        address = self._url.replace("http", "ws", 1) + STREAM
        self._line = await websockets.connect(
            address,
            max_size=MOST_BYTES,
            compression=None,
            proxy=None,
            subprotocols=["streamlit"],
            user_agent_header=AGENT,
            additional_headers={"Cookie": self.cookies, **self._headers},
        )
        return self

    async def __aexit__(self, *_):
        await self._line.close()

    async def visit(self, page: str = "", query: str = "") -> Seen:
        """Go to a page, and wait until all of it has come."""
        self._page, self._query, self._script, self._watches = page, query, "", {}
        begun, seen = time.perf_counter(), Seen()
        await self._ask()
        await self._answer(seen)
        while self._watches:  # what is drawn again and again until an answer is there
            fragment, seconds = next(iter(self._watches.items()))
            await asyncio.sleep(seconds)
            del self._watches[fragment]
            await self._ask(fragment)
            await self._answer(seen)
        seen.seconds = time.perf_counter() - begun
        return seen

    async def press(self, button: str) -> Seen:
        """Press a button of the page, by its id, and wait until all of the page has come."""
        state = ClientState(query_string=self._query, page_name=self._page)
        pressed = state.widget_states.widgets.add()
        pressed.id, pressed.trigger_value = button, True
        await self.say(BackMsg(rerun_script=state))
        return await self.answered()

    async def say(self, message: BackMsg) -> None:
        """Send any message."""
        await self._line.send(message.SerializeToString())

    async def answered(self) -> Seen:
        """Wait for the end of what the last message brings."""
        seen = Seen()
        await self._answer(seen)
        return seen

    async def upload(self, name: str, content: bytes) -> int:
        """Send a file as the field for files does, and return the status."""
        return await asyncio.to_thread(self._put, await self.address_for(name), name, content)

    async def address_for(self, name: str) -> str:
        """Ask where a file is to be sent to."""
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self.session
        await self._line.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await asyncio.wait_for(self._line.recv(), WAIT_SECONDS))
            if answer.WhichOneof("type") == "file_urls_response":
                break
        return answer.file_urls_response.file_urls[0].upload_url

    async def _ask(self, fragment: str = ""):
        state = ClientState(
            query_string=self._query, page_name=self._page, page_script_hash=self._script
        )
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        else:
            state.is_history_navigation = True  # what the address says counts
        await self._line.send(BackMsg(rerun_script=state).SerializeToString())

    async def _answer(self, seen: Seen):
        """Take in messages until the script has ended, and does not begin again at once."""
        while True:
            data = await asyncio.wait_for(self._line.recv(), WAIT_SECONDS)
            seen.num_bytes += len(data)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") != "script_finished":
                self._take(message, seen)
            elif message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._watches = {}
            else:
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    seen.errors.append("the script does not compile")
                return

    def _take(self, message: ForwardMsg, seen: Seen):
        kind = message.WhichOneof("type")
        if kind == "delta":
            _note(message.delta, seen)
        elif kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            self._script = message.new_session.page_script_hash
        elif kind == "auto_rerun":
            self._watches[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._watches.pop(fragment, None)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string

    def _connection(self):
        parts = urllib.parse.urlsplit(self._url)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=WAIT_SECONDS)

    def _fetch_cookies(self):
        """Open the page, and what sets the cookies, as a browser does."""
        jar = {}
        for path in ("/", "/_stcore/health"):
            connection = self._connection()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            for cookie in answer.headers.get_all("set-cookie") or []:
                name, _, value = cookie.split(";")[0].partition("=")
                jar[name] = value
            connection.close()
        return "; ".join(f"{name}={value}" for name, value in jar.items())

    def _put(self, path, name, content):
        head = f'Content-Disposition: form-data; name="{name}"; filename="{name}"'
        body = f"--{EDGE}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{EDGE}--\r\n".encode()
        connection = self._connection()
        try:
            # A refusal may come, and the line be closed, before all of the file is sent.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request("PUT", path, body, self.upload_headers())
            return connection.getresponse().status
        finally:
            connection.close()

    def upload_headers(self) -> dict[str, str]:
        """Return what is said before a file is sent."""
        token = dict(part.split("=", 1) for part in self.cookies.split("; ")).get("_streamlit_xsrf")
        return {
            "Content-Type": f"multipart/form-data; boundary={EDGE}",
            "Cookie": self.cookies,
            "X-Xsrftoken": token or "",
        }


def _note(delta, seen: Seen):
    if delta.WhichOneof("type") != "new_element":
        return
    element = delta.new_element
    kind = element.WhichOneof("type")
    seen.elements.append(kind)
    if kind == "exception":
        seen.errors.append(f"{element.exception.type}: {element.exception.message}")
    elif kind == "alert" and element.alert.format == element.alert.ERROR:
        seen.errors.append(element.alert.body)
    elif kind == "file_uploader":
        seen.uploads.append(element.file_uploader.id)
    elif kind == "vega_lite_chart":
        seen.charts.append(element.vega_lite_chart.spec)
    elif kind == "button":
        seen.buttons[element.button.label] = element.button.id
    elif kind == "bidi_component":
        seen.components.append(element.bidi_component.id)
    if kind in TEXTS:
        content = getattr(element, kind)
        seen.texts.append(getattr(content, "body", ""))
    if kind in ("markdown", "alert", "heading"):
        seen.markdown.append(seen.texts[-1])


def specification(chart: str) -> dict:
    """Return a chart as plain values."""
    return json.loads(chart)
