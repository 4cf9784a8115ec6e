"""A client of faam-node's local interface, with the standard library alone.

It is all that a market needs to talk to its node: copy it. spec/text/local-api.md says what each call does.
"""

import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import time

# A call is worked on for 60 s at most.
TIMEOUT = 70
# What is read of an answer: a decision may hold all that a person showed.
MAX_ANSWER = 64 * 1024 * 1024
# Oldest and newest webhook that is taken, in seconds.
WEBHOOK_AGE = 300


class Refused(Exception):
    """The node understood and refused, or cannot now. Programs look at `code`, people at `sentence`."""

    def __init__(self, status, body):
        super().__init__(body.get("sentence", "no sentence"))
        self.status = status
        self.code = body.get("code", "unknown")
        self.sentence = body.get("sentence", "")
        self.body = body

    @property
    def may_work_later(self):
        return self.status == 503


class Node:
    """The node whose state folder is `folder`, with the access key in `key_file`."""

    def __init__(self, folder, key_file=None):
        self.folder = pathlib.Path(folder)
        self.key_file = pathlib.Path(key_file) if key_file else self.folder / "api.key"

    def call(self, method, path, body=None):
        """One call. Busy nodes are asked again, a few times; nothing else is."""
        for pause in (0.2, 0.5, 1, 2, None):
            try:
                return self._once(method, path, body)
            except Refused as refused:
                if pause is None or not refused.may_work_later:
                    raise
                time.sleep(pause)
        raise AssertionError("the last pause is none")

    def _once(self, method, path, body):
        # Read anew each time: a daemon that was started again may listen elsewhere, and keys are rotated.
        host = (self.folder / "api.addr").read_text().strip()
        key = self.key_file.read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        if isinstance(body, dict):
            body = json.dumps(body)
        data = body.encode() if body is not None else None
        connection = http.client.HTTPConnection(host, timeout=TIMEOUT)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read(MAX_ANSWER + 1)
        finally:
            connection.close()
        if len(text) > MAX_ANSWER:
            raise Refused(answer.status, {"code": "too_large", "sentence": "the answer is too large"})
        if answer.status == 204 or not text:
            return {}
        value = json.loads(text)
        if not 200 <= answer.status < 300:
            raise Refused(answer.status, value)
        return value

    def offer(self, account):
        """A link and a session code with which a person takes their ratings along. Show the code in their session alone."""
        return self.call("POST", "/v0/offers", {"account": account})

    def ask(self, policy, purpose, retention_days):
        """A request by the name of a policy: its id, its link, and until when it can be answered."""
        body = {"policy": policy, "purpose": purpose, "retention_days": retention_days}
        return self.call("POST", "/v0/requests", body)

    def state(self, request, wait=0):
        """Where a request stands; waits up to `wait` seconds (30 at most) for it to change."""
        return self.call("GET", f"/v0/requests/{request}" + (f"?wait={wait}" if wait else ""))

    def revoke(self, request):
        """Takes a request back that nobody answered yet."""
        return self.call("DELETE", f"/v0/requests/{request}")

    def events(self, events):
        """Applies events. The same ones again do nothing, so that whoever does not know sends them again."""
        return self.call("POST", "/v0/events", "".join(json.dumps(event) + "\n" for event in events))


def opened(secret, headers, body, now=None):
    """The message of a webhook after Standard Webhooks, or None if the node did not send it just now.

    `secret` is what `faam-node webhook secret` prints: whsec_ and base64. While it is rotated, the old one signs too.
    `headers` are by lower-case name, `body` the bytes as they came.
    """
    name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 15:
        return None
    if abs((time.time() if now is None else now) - int(stamp)) > WEBHOOK_AGE:
        return None
    content = f"{name}.{stamp}.".encode() + body
    given = [part[3:] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    for one in secret.split():
        key = base64.b64decode(one.removeprefix("whsec_"))
        if not key:
            # Under an empty key anybody could sign.
            raise ValueError("the webhook's secret is empty; `faam-node webhook secret` prints it")
        wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(wanted, signature) for signature in given if signature.isascii()):
            return json.loads(body)
    return None
