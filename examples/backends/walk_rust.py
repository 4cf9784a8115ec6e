"""A walk with the back end in Rust, which judges by itself: a real market rates, real wallets answer over HTTP.

    examples/backends/run

builds the programs and calls this. Between wallets and back end stands what stands there in front of any service, which here notes what
passes, so that an answer can be posted again, and spoilt. Ends with 0 if everything was as it should be.
"""

import http.server
import json
import os
import shutil
import signal
import stat
import threading
import urllib.error
import urllib.parse
import urllib.request

from walk import PATIENCE, POLICY, Marketplace, Walk, expect, free_port, in_a_folder, until


class Front:
    """The server in front, where TLS would end: sends everything on, and notes what is posted."""

    def __init__(self, to):
        self.posted = []
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.command == "POST":
                    front.posted.append((self.path, body))
                status, headers, answer = call(to, self.command, self.path, body or None, self.headers.get("Content-Type"))
                self.send_response(status)
                self.send_header("Content-Type", headers.get("Content-Type", "application/json"))
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET

            def log_message(self, *_):
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def call(base, method, path, body=None, kind=None):
    """A call as a stranger makes it."""
    asked = urllib.request.Request(base + path, body, method=method, headers={"Content-Type": kind} if kind else {})
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class Flats(Marketplace):
    """The back end in Rust, with nothing of Faam beside it."""

    def __init__(self, walk, issuer):
        self.walk, self.name, self.port = walk, "flats", free_port()
        self.trust, self.policy = walk.folder / "trust.toml", walk.folder / "guests.toml"
        self.data = walk.folder / "flats.data"
        self.trust.write_text(
            f'v = 0\n[[trust]]\nissuer = "{issuer}"\nmarket = "city-stays"\nroles = "any"\ntypes = ["rating", "standing"]\n')
        self.policy.write_text(POLICY)
        self.front = Front(f"http://127.0.0.1:{self.port}")
        self.start_backend()

    def start_backend(self, *more):
        command = [self.walk.programs / "faam-backend", "--data", self.data, "--trust", self.trust, "--policy", self.policy, "--name",
                   "Flats", "--listen", f"127.0.0.1:{self.port}", "--url", self.front.address, *more]
        self.backend = self.walk.start(command, "flats-backend.log")
        self.address = self.backend.stdout.readline().strip()
        if not self.address:
            raise SystemExit(f"  ✗ the back end in Rust did not start; see {self.walk.folder / 'flats-backend.log'}")

    def call(self, method, path, body=None, session=None):
        # The shop's own pages send JSON and say so, which pages of others cannot.
        return super().call(method, path, body, session, {"Content-Type": "application/json"})

    def killed(self, *more):
        self.backend.kill()
        self.backend.wait()
        self.start_backend(*more)


class Person:
    """Somebody with a wallet."""

    def __init__(self, walk, name):
        self.walk = walk
        self.options = ["--home", walk.folder / name, "--passphrase-file", walk.folder / "passphrase", "--no-input"]
        walk.envelope("faam", "init", *self.options)

    def receive(self, stays, account):
        offer = stays.call("POST", "/me/offer", {}, stays.log_in(account))[1]
        self.walk.envelope("faam", "receive", offer["link"], "--code", offer["code"], *self.options)

    def look(self, link):
        done = self.walk.run("faam", "--json", "present", link, "--allow-loopback", "--dry-run", *self.options, ends=None)
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])

    def show(self, link):
        code, plan = self.look(link)
        expect(code == 0, "the wallet says who asks, for what and for how long", plan)
        approve = ["--approve", plan["data"]["approve"]]
        done = self.walk.run("faam", "--json", "present", link, "--allow-loopback", *approve, *self.options, ends=None)
        return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])


def rated(stays, account, values):
    for number, value in enumerate(values):
        rating = {"account": account, "role": "guest", "value": value, "scale": "1..5", "comment": f"Stay {number} of {account}."}
        said = stays.call("POST", f"/deals/{account}-{number}/rating", rating, stays.log_in(f"host-{number}"))[1]
        if not said.get("recorded"):
            raise SystemExit(f"  ✗ a rating was not recorded: {said}")


def walk_through(folder, programs, running):
    walk = Walk(folder, programs, running)
    Marketplace.write(folder / "passphrase", "correct horse battery staple\n")
    stays = Marketplace(walk, "city", "Python", market="city-stays")
    rated(stays, "nora", [5, 4, 5, 4, 5, 4])
    rated(stays, "rik", [1, 2, 1, 1, 2, 1])
    nora, rik = Person(walk, "nora"), Person(walk, "rik")
    nora.receive(stays, "nora")
    rik.receive(stays, "rik")
    expect(True, "hosts rated Nora well and Rik badly, and both took their ratings along")

    flats = Flats(walk, stays.issuer)
    modes = {name: stat.S_IMODE(os.stat(flats.data / name).st_mode) for name in ["", "signer.key", "open", "applications"]}
    expect(modes == {"": 0o700, "signer.key": 0o600, "open": 0o700, "applications": 0o700}, "its key and its books are its own", modes)

    def applied(account):
        status, asked, _ = flats.call("POST", "/applications", {"listing": "Oudegracht 12"}, flats.log_in(account))
        expect(status == 201 and asked["link"].startswith("openid4vp://?"), f"{account} applies, and gets a link", status, asked)
        return asked

    def state(account, asked, lang="en"):
        return flats.call("GET", f"/applications/{asked['id']}?lang={lang}", session=flats.log_in(account))[:2]

    asked = applied("nora")
    expect(state("nora", asked)[1]["state"] == "open", "it is open")
    expect(state("somebody", asked)[0] == 404, "nobody else sees it")
    expect(flats.call("GET", f"/applications/{asked['id']}")[0] == 401, "and nobody who is not logged in")
    who = asked["link"].split("client_id=")[1].split("&")[0]

    # Killed before the wallet answers: key, question and books are there again.
    waiting = next((flats.data / "open").iterdir())
    pending = folder / "pending.json"
    shutil.copy(waiting, pending)
    flats.killed()
    expect(state("nora", asked)[1]["state"] == "open", "after a kill it is still open")
    code, said = nora.show(asked["link"])
    receipt = said["data"]["receipt"]
    expect(code == 0 and said["data"]["decision"]["outcome"] == "accepted", "Nora is accepted, and her wallet hears it", said)
    expect(receipt and receipt["name"] == "Flats" and receipt["outcome"] == "accepted", "and keeps a receipt that is good", said)
    english, dutch = state("nora", asked)[1], state("nora", asked, "nl")[1]
    expect(english["outcome"] == "accepted" and english["explanation"].startswith("Accepted."), "the decision is explained", english)
    expect(dutch["explanation"].startswith("Aangenomen."), "in Dutch too", dutch)

    # The same presentation, by the program of the same library, with what the back end kept.
    form = dict(urllib.parse.parse_qsl(flats.front.posted[-1][1].decode(), strict_parsing=True))
    beside = json.loads(form["faam"])
    presentation = json.dumps({**beside, "vp_token": json.loads(form["vp_token"])}, ensure_ascii=False)
    seen = list((flats.data / "seen").iterdir())
    judged = walk.run("faam-verify", "presentation", "--trust", flats.trust, "--policy", flats.policy, "--pending", pending, "--sources",
                      flats.data / "seen", ends=None, given=presentation)
    expect(judged.returncode == 0 and len(seen) >= 2, "faam-verify says the same, from what the back end remembered", judged.stdout,
           judged.stderr, seen)

    # Posted again, as a wallet does that did not hear; and spoilt.
    path, body = flats.front.posted[-1]
    form_type = "application/x-www-form-urlencoded"
    first = call(flats.address, "POST", path, body, form_type)
    flats.killed()
    again = call(flats.address, "POST", path, body, form_type)
    expect(first[0] == again[0] == 200 and first[2] == again[2], "the same answer again is told the same, after a kill too", first, again)
    expect(json.loads(again[2])["faam"]["decision"]["outcome"] == "accepted", "which is that it was accepted")
    headers = [again[1][name] for name in ["Cache-Control", "X-Content-Type-Options", "Referrer-Policy"]]
    expect(headers == ["no-store", "nosniff", "no-referrer"], "and nobody on the way keeps it", headers)
    other = urllib.parse.urlencode({**form, "vp_token": form["vp_token"].replace('"standing1"', '"standing2"')}).encode()
    for why, where, sent, kind, status, code in [
        ("another answer", path, other, form_type, 409, "request.used"),
        ("an answer with another state", path, body.replace(b"state=u", b"state=uu"), form_type, 400, "response.malformed"),
        ("what is no form", path, b"{}", "application/json", 400, "response.malformed"),
        ("half a form", path, b"state=u", form_type, 400, "response.malformed"),
        ("an answer of over 6 MiB", path, b"a" * (6 * 1024 * 1024 + 1), form_type, 413, "too_large"),
        ("an answer to nobody's link", path[:-4] + "AAAA", body, form_type, 404, "request.unknown"),
        ("an answer to what is no link", "/vp/response/x", body, form_type, 404, "request.unknown"),
    ]:
        seen = call(flats.address, "POST", where, sent, kind)
        expect(seen[0] == status and json.loads(seen[2])["code"] == code, f"{why} is refused: {code}", seen)
    expect(nora.look(asked["link"])[0] != 0, "and the link is used up")

    # Who is rated badly is refused, and hears why.
    asked = applied("rik")
    expect(asked["link"].split("client_id=")[1].split("&")[0] == who, "it is still the same service that asks")
    code, said = rik.show(asked["link"])
    codes = [reason["code"] for reason in said["data"]["decision"]["reasons"]]
    refused = said["data"]["decision"]["outcome"] == "refused" and "policy.mean" in codes
    expect(code != 0 and refused, "Rik is refused, and his wallet hears why", said)
    expect(said["data"]["receipt"]["outcome"] == "refused", "with a receipt")
    expect(state("rik", asked, "nl")[1]["explanation"].startswith("Geweigerd."), "the shop is told in Dutch", state("rik", asked, "nl"))

    # What is taken back cannot be answered.
    asked = applied("nora")
    session = flats.log_in("nora")
    withdrawn = flats.call("DELETE", f"/applications/{asked['id']}", session=session)
    expect(withdrawn[0] == 200 and withdrawn[1]["state"] == "over", "Nora takes an application back", withdrawn)
    expect(nora.look(asked["link"])[0] != 0, "and it cannot be answered any more")

    # What was shown is deleted in time; that it was, and what was promised, stays.
    flats.killed("--retention-days", "0", "--sweep", "1")
    asked = applied("nora")
    expect(nora.show(asked["link"])[0] == 0, "Nora shows it where nothing is to be kept")
    gone = until("the deletion", lambda: (s := state("nora", asked)[1]) and "explanation" not in s and s)
    expect(gone["outcome"] == "accepted", "what was shown is gone, and how it was decided stays", gone)

    # Asked to end, it ends.
    flats.backend.send_signal(signal.SIGINT)
    expect(flats.backend.wait(PATIENCE) == 0, "it ends when it is asked to")


def main():
    print("\nRust for the market that asks, by itself and over HTTP", flush=True)
    in_a_folder(walk_through)
    print("\nThe back end in Rust did what it should.", flush=True)


if __name__ == "__main__":
    main()
