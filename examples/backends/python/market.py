"""A marketplace's back end with Faam, in Python and its standard library alone.

    python3 market.py --node DIR --data FILE [--key FILE] [--secret FILE] [--policy NAME] [--port N] [--sweep N]

DIR is the state folder of the market's faam-node, FILE a database of the market's own (SQLite). What a market has of its own is
kept short: a person logs in by saying who they are. What has to do with Faam is whole:

    POST   /session                  {"account"}                      who is calling from now on (put your own login here)
    POST   /deals/ID/rating          {"account","role","value","scale","comment"?}   rates whoever one dealt with
    POST   /me/offer                                                   a link and a code to take one's ratings along
    POST   /applications             {"listing"}                       asks whoever applies for a good name
    GET    /applications/ID                                            how it stands
    DELETE /applications/ID                                            takes it back
    POST   /faam                                                       where the node calls back
"""

import argparse
import contextlib
import datetime
import http.server
import json
import pathlib
import secrets
import sqlite3
import sys
import threading
import time

import faam

MAX_BODY = 64 * 1024
TABLES = """
CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, event TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0, problem TEXT);
CREATE TABLE IF NOT EXISTS applications (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, listing TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT, explanation TEXT,
    delete_by INTEGER);
CREATE TABLE IF NOT EXISTS seen (webhook TEXT PRIMARY KEY, at INTEGER NOT NULL);
"""


class Wrong(Exception):
    """The caller is told so: a status and a sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Market:
    def __init__(self, node, data, secret_file, policy):
        self.node, self.data, self.secret_file, self.policy = node, data, secret_file, policy
        with self.store() as store:
            store.executescript(TABLES)

    @contextlib.contextmanager
    def store(self):
        """A transaction: all of it or nothing."""
        connection = sqlite3.connect(self.data, timeout=30)
        try:
            connection.row_factory = sqlite3.Row
            with connection:
                yield connection
        finally:
            connection.close()

    # People

    def log_in(self, account):
        token = secrets.token_urlsafe(24)
        with self.store() as store:
            store.execute("INSERT INTO sessions VALUES (?, ?)", (token, account))
        return token

    def who(self, token):
        with self.store() as store:
            row = store.execute("SELECT account FROM sessions WHERE token = ?", (token,)).fetchone()
        if row is None:
            raise Wrong(401, "log in first")
        return row["account"]

    # Ratings go to the node: written down with the deal, sent as soon as may be, and again until they are applied.

    def rate(self, rater, deal, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "type": "rating", "id": f"{deal}-{rater}", "account": text(body, "account"), "rater": rater,
            "role": text(body, "role"), "value": body.get("value"), "scale": text(body, "scale"), "at": now,
        }
        if "comment" in body:
            event["comment"] = text(body, "comment")
        with self.store() as store:
            known = store.execute("SELECT 1 FROM events WHERE id = ?", (event["id"],)).fetchone()
            if known:
                raise Wrong(409, "this deal is rated already")
            store.execute("INSERT INTO events (id, event) VALUES (?, ?)", (event["id"], json.dumps(event)))
        self.send_events()
        with self.store() as store:
            row = store.execute("SELECT sent, problem FROM events WHERE id = ?", (event["id"],)).fetchone()
        return {"id": event["id"], "recorded": bool(row["sent"]), "problem": row["problem"]}

    def send_events(self):
        with self.store() as store:
            waiting = store.execute(
                "SELECT id, event FROM events WHERE sent = 0 AND problem IS NULL ORDER BY rowid LIMIT 200").fetchall()
        for row in waiting:
            problem = None
            try:
                self.node.events([json.loads(row["event"])])
            except faam.Refused as refused:
                if refused.may_work_later:
                    return
                # It will never be taken as it is: somebody has to look at it, and the others go on.
                problem = f"{refused.code}: {refused.sentence}"
            except OSError:
                return
            with self.store() as store:
                store.execute("UPDATE events SET sent = ?, problem = ? WHERE id = ?", (problem is None, problem, row["id"]))

    # A person takes their ratings along.

    def offer(self, account):
        self.send_events()
        offer = self.node.offer(account)
        # The code is for this session's page alone, never for mail.
        return {"link": offer["link"], "code": offer["code"], "expires": offer["expires"]}

    # A person shows their good name.

    def apply(self, account, listing):
        asked = self.node.ask(self.policy, f"To decide about your application for {listing}", 30)
        with self.store() as store:
            store.execute("INSERT INTO applications (id, account, listing, state) VALUES (?, ?, ?, 'open')",
                          (asked["id"], account, listing))
        return {"id": asked["id"], "link": asked["link"], "expires": asked["expires"]}

    def application(self, account, name):
        with self.store() as store:
            row = store.execute("SELECT * FROM applications WHERE id = ? AND account = ?", (name, account)).fetchone()
        if row is None:
            raise Wrong(404, "there is no such application of yours")
        return row

    def withdraw(self, account, name):
        self.application(account, name)
        try:
            self.node.revoke(name)
        except faam.Refused as refused:
            if refused.status >= 500:
                raise
        self.look_at(name)
        return dict(self.application(account, name))

    def look_at(self, name):
        """Asks the node how a request stands, and keeps what it says. Whoever told us to look is not believed."""
        try:
            state = self.node.state(name)
        except faam.Refused as refused:
            if refused.code != "request.unknown":
                raise
            state = {"state": "gone"}
        decision = state.get("decision", {})
        with self.store() as store:
            store.execute(
                "UPDATE applications SET state = ?, outcome = ?, explanation = ?, delete_by = ? WHERE id = ?",
                (state["state"], decision.get("outcome"), state.get("explanation"), state.get("delete_by"), name))

    def called_back(self, headers, body):
        secret = pathlib.Path(self.secret_file).read_text() if self.secret_file else ""
        message = faam.opened(secret, headers, body)
        if message is None:
            raise Wrong(401, "this is not signed by our node, or too old")
        webhook = headers["webhook-id"]
        with self.store() as store:
            if store.execute("SELECT 1 FROM seen WHERE webhook = ?", (webhook,)).fetchone():
                return {"seen": True}
        self.look_at(message["data"]["id"])
        # Noted last: what failed before is told again by the node.
        with self.store() as store:
            store.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (webhook, int(time.time())))
        return {"seen": False}

    def sweep(self):
        """What no webhook told of, and what must not be kept any longer."""
        self.send_events()
        with self.store() as store:
            names = [row["id"] for row in store.execute("SELECT id FROM applications WHERE state = 'open' LIMIT 100")]
        for name in names:
            self.look_at(name)
        with self.store() as store:
            now = int(time.time())
            store.execute("UPDATE applications SET state = 'gone', explanation = NULL WHERE delete_by <= ?", (now,))
            store.execute("DELETE FROM seen WHERE at < ?", (now - 30 * 86400,))


def text(body, name):
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > 2000:
        raise Wrong(400, f"{name} is missing, or no text")
    return value


class Handler(http.server.BaseHTTPRequestHandler):
    server_version = "market"
    timeout = 30
    market = None

    def answer(self, status, value, cookie=None):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        if cookie:
            self.send_header("Set-Cookie", f"session={cookie}; HttpOnly; SameSite=Strict; Path=/")
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise Wrong(413, "the body is too large")
        return self.rfile.read(int(length))

    def account(self):
        cookies = dict(part.strip().partition("=")[::2] for part in self.headers.get("Cookie", "").split(";"))
        return self.market.who(cookies.get("session", ""))

    def serve(self):
        market, parts = self.market, self.path.strip("/").split("/")
        raw = self.body()
        if self.command == "POST" and parts == ["faam"]:
            headers = {name.lower(): value for name, value in self.headers.items()}
            return self.answer(200, market.called_back(headers, raw))
        value = json.loads(raw) if raw else {}
        if not isinstance(value, dict):
            raise Wrong(400, "the body is no object")
        match (self.command, *parts):
            case ("POST", "session"):
                return self.answer(200, {}, cookie=market.log_in(text(value, "account")))
            case ("POST", "deals", deal, "rating"):
                return self.answer(200, market.rate(self.account(), deal, value))
            case ("POST", "me", "offer"):
                return self.answer(200, market.offer(self.account()))
            case ("POST", "applications"):
                return self.answer(201, market.apply(self.account(), text(value, "listing")))
            case ("GET", "applications", name):
                return self.answer(200, dict(market.application(self.account(), name)))
            case ("DELETE", "applications", name):
                return self.answer(200, market.withdraw(self.account(), name))
        raise Wrong(404, "there is no such page")

    def do_GET(self):
        try:
            self.serve()
        except Wrong as wrong:
            self.answer(wrong.status, {"sentence": str(wrong)})
        except json.JSONDecodeError:
            self.answer(400, {"sentence": "the body is no JSON"})
        except faam.Refused as refused:
            self.answer(503 if refused.may_work_later else 422, {"code": refused.code, "sentence": refused.sentence})
        except OSError as error:
            print(f"the node is not reached: {error}", file=sys.stderr)
            self.answer(503, {"sentence": "that cannot be done now; try again in a moment"})

    do_POST = do_DELETE = do_GET

    def log_message(self, *_):
        """Says nothing: paths hold what is nobody's business."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--node", required=True, help="state folder of the market's faam-node")
    parser.add_argument("--data", required=True, help="the market's own database")
    parser.add_argument("--key", help="file with the access key (api.key in the state folder unless said otherwise)")
    parser.add_argument("--secret", help="file with the webhook's secret")
    parser.add_argument("--policy", default="default", help="the policy that applicants have to meet")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--sweep", type=int, default=60, help="how often what no webhook told of is looked for, in seconds")
    args = parser.parse_args()
    market = Market(faam.Node(args.node, args.key), args.data, args.secret, args.policy)
    Handler.market = market
    server = http.server.ThreadingHTTPServer(("127.0.0.1", args.port), Handler)

    def sweeps():
        while True:
            time.sleep(args.sweep)
            try:
                market.sweep()
            except (faam.Refused, OSError, sqlite3.Error) as error:
                print(f"not everything could be looked after: {error}", file=sys.stderr)

    threading.Thread(target=sweeps, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
