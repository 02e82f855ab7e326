"""Answers in plain words, in the form of the protocol ASGI."""


async def refuse(send, status: int, words: str) -> None:
    """Answer a request with a refusal.

    Args:
        send: Of the request.
        status: In HTTP.
        words: For people.
    """
    body = words.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # what was being sent is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
