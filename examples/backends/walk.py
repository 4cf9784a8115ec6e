"""A walk through two marketplaces with real daemons, a real wallet, and a back end in each language.

    examples/backends/run

builds the programs and calls this. People rate Nora at the first market. She takes her ratings along in a wallet, and shows them at
the second, where nobody knows her. Then everything is tried that goes wrong on an ordinary day: a newcomer, a request that is taken
back, a webhook that is forged, or told twice, a back end that is killed before it hears, a key that is rotated away.

Each back end plays both markets in turn. Ends with 0 if everything was as it should be.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# How long anything may take, in seconds, on a slow machine.
PATIENCE = 120
LANGUAGES = {
    "Python": [sys.executable, "-B", str(HERE / "python" / "market.py")],
    "Node": ["node", str(HERE / "node" / "market.mjs")],
}
# What the back end's own key may be used for: no more than the back end does.
MAY = ["--may", "events", "--may", "offers", "--may", "requests"]
POLICY = """v = 0
name = "Guests"
[markets]
of = ["city-stays"]
[standing]
role = "guest"
ratings_at_least = 5
mean_at_least = 700
[newcomer]
below = 5
then = "undecided"
[ratings]
at_least = 3
role = "guest"
disclose = ["comment"]
"""


def say(sentence):
    print(f"  {sentence}", flush=True)


def expect(holds, sentence, *seen):
    if not holds:
        raise SystemExit(f"  ✗ {sentence}\n    {' '.join(map(repr, seen))}")
    say(f"✓ {sentence}")


def until(what, look):
    """Looks until it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"  ✗ {what} did not come about in {PATIENCE} s")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Walk:
    def __init__(self, folder, programs, running):
        self.folder, self.programs, self.running = folder, programs, running
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1"}

    def run(self, program, *arguments, ends=0, given=None):
        command = [str(self.programs / program), *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, input=given, capture_output=True, text=True, timeout=PATIENCE)
        if ends is not None and done.returncode != ends:
            raise SystemExit(f"  ✗ {' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def envelope(self, program, *arguments, ends=0):
        return json.loads(self.run(program, "--json", *arguments, ends=ends).stdout.strip().splitlines()[-1])

    def start(self, command, log):
        with open(self.folder / log, "a") as file:
            process = subprocess.Popen(list(map(str, command)), env=self.environment, stdout=subprocess.PIPE, stderr=file, text=True)
        self.running.append(process)
        return process


class Marketplace:
    """A daemon, and the back end beside it."""

    def __init__(self, walk, name, language, market=None, policies="", trust=""):
        self.walk, self.name, self.language, self.port = walk, name, language, free_port()
        self.dir = walk.folder / name
        options = ["--market", market] if market else []
        done = walk.envelope("faam-node", "init", "--dir", self.dir, "--name", name, "--api", "127.0.0.1:0", *options)
        self.issuer = done["data"].get("issuer")
        self.config = self.dir / "faam-node.toml"
        text = self.config.read_text()
        if policies:
            (self.dir / "guests.toml").write_text(policies)
            text += '\n[policies]\nguests = "guests.toml"\n'
        text += f'\n[webhook]\nurl = "http://127.0.0.1:{self.port}/faam"\n{trust}'
        self.config.write_text(text)
        self.key, self.secret = self.dir / "backend.key", self.dir / "backend.secret"
        self.start_node()
        # A key for the back end alone, which may do no more than it does.
        made = walk.envelope("faam-node", "keys", "new", "backend", *MAY, "--config", self.config)
        self.write(self.key, made["data"]["key"])
        secret = walk.envelope("faam-node", "webhook", "secret", "--config", self.config)
        self.write(self.secret, secret["data"]["secret"])
        self.start_backend()

    @staticmethod
    def write(path, text):
        path.touch(0o600)
        path.write_text(text)

    def start_node(self):
        self.daemon = self.walk.start([self.walk.programs / "faam-node", "run", "--config", self.config], f"{self.name}-node.log")
        until("the daemon", lambda: (self.dir / "api.addr").exists() or self.daemon.poll() is not None)

    def start_backend(self):
        # What is heard is heard by the webhook: nothing else would be in time.
        command = [*LANGUAGES[self.language], "--node", self.dir, "--data", self.walk.folder / f"{self.name}.data", "--key", self.key,
                   "--secret", self.secret, "--policy", "guests", "--port", str(self.port), "--sweep", "3600"]
        self.backend = self.walk.start(command, f"{self.name}-backend.log")
        self.address = self.backend.stdout.readline().strip()
        if not self.address:
            raise SystemExit(f"  ✗ the back end in {self.language} did not start; see {self.walk.folder / self.name}-backend.log")

    def call(self, method, path, body=None, session=None, headers=None, raw=None):
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        call = urllib.request.Request(self.address + path, data, method=method, headers=dict(headers or {}))
        if session:
            call.add_header("Cookie", f"session={session}")
        try:
            with urllib.request.urlopen(call, timeout=PATIENCE) as answer:
                cookie = answer.headers.get("Set-Cookie", "")
                return answer.status, json.loads(answer.read()), cookie.partition("session=")[2].partition(";")[0]
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read()), ""

    def log_in(self, account):
        return self.call("POST", "/session", {"account": account})[2]


def signed(secret, name, body, at=None):
    at = str(int(time.time() if at is None else at))
    key = base64.b64decode(secret.split()[0].removeprefix("whsec_"))
    signature = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": "v1," + base64.b64encode(signature).decode()}


def walk_through(folder, programs, running, first, second):
    walk = Walk(folder, programs, running)
    stays = Marketplace(walk, "city", first, market="city-stays")
    trust = f'[[trust]]\nissuer = "{stays.issuer}"\nmarket = "city-stays"\nroles = "any"\ntypes = ["rating", "standing"]\n'
    flats = Marketplace(walk, "flats", second, policies=POLICY, trust=trust)
    wallet = ["--home", folder / "wallet", "--passphrase-file", folder / "passphrase", "--no-input"]
    Marketplace.write(folder / "passphrase", "correct horse battery staple\n")
    walk.envelope("faam", "init", *wallet)

    # Hosts rate Nora, and one Oscar.
    for number in range(6):
        host = stays.log_in(f"host-{number}")
        rating = {"account": "nora", "role": "guest", "value": 4 + number % 2, "scale": "1..5", "comment": f"Tidy, {number} times."}
        status, said, _ = stays.call("POST", f"/deals/stay-{number}/rating", rating, host)
        if (status, said.get("recorded")) != (200, True):
            raise SystemExit(f"  ✗ a rating was not recorded: {status} {said}")
    stays.call("POST", "/deals/stay-9/rating", {"account": "oscar", "role": "guest", "value": 5, "scale": "1..5"}, host)
    expect(True, f"{first}: six hosts rated Nora")
    status, said, _ = stays.call("POST", "/deals/stay-5/rating", rating, host)
    expect(status == 409, "a deal is rated once", status, said)
    status, said, _ = stays.call("POST", "/deals/self/rating", {**rating, "account": "host-5"}, host)
    expect(said.get("recorded") is False and "event.rule" in said["problem"], "a rating of oneself is kept apart and explained", said)

    # She takes them along.
    nora = stays.log_in("nora")
    status, offer, _ = stays.call("POST", "/me/offer", {}, nora)
    expect(status == 200, "Nora gets an offer in her own session", status, offer)
    walk.envelope("faam", "receive", offer["link"], "--code", offer["code"], *wallet)
    passport = walk.envelope("faam", "passport", *wallet)
    expect("city-stays" in json.dumps(passport), "her wallet holds them now")

    # She shows them where nobody knows her.
    tenant = flats.log_in("nora@flats")
    status, asked, _ = flats.call("POST", "/applications", {"listing": "Oudegracht 12"}, tenant)
    expect(status == 201 and asked["link"].startswith("faam:present?"), f"{second}: an application asks for a good name", status, asked)
    page = f"/applications/{asked['id']}"
    expect(flats.call("GET", page, session=tenant)[1]["state"] == "open", "it is open")
    other = flats.log_in("somebody")
    expect(flats.call("GET", page, session=other)[0] == 404, "nobody else sees it")

    def present(link, ends=0):
        plan = walk.envelope("faam", "present", link, "--dry-run", *wallet)
        return walk.envelope("faam", "present", link, "--approve", plan["data"]["approve"], *wallet, ends=ends)

    present(asked["link"])
    decided = until("the decision", lambda: (s := flats.call("GET", page, session=tenant)[1])["state"] == "decided" and s)
    expect(decided["outcome"] == "accepted" and "Accepted" in decided["explanation"], "the back end heard: accepted", decided)

    # What is told twice changes nothing; what is forged is not heard.
    secret = flats.secret.read_text()
    body = json.dumps({"type": "request.decided", "data": {"id": asked["id"]}}).encode()
    again = signed(secret, "again", body)
    expect(flats.call("POST", "/faam", raw=body, headers=again)[0] == 200, "a signed webhook is heard")
    expect(flats.call("POST", "/faam", raw=body, headers=again)[1] == {"seen": True}, "and once alone")
    for why, headers, sent in [
        ("with another body", signed(secret, "one", body), body + b" "),
        ("under another key", signed("whsec_" + base64.b64encode(b"x" * 32).decode(), "two", body), body),
        ("of an hour ago", signed(secret, "three", body, time.time() - 3600), body),
        ("unsigned", {}, body),
    ]:
        expect(flats.call("POST", "/faam", raw=sent, headers=headers)[0] == 401, f"a webhook {why} is refused")

    # A newcomer is no bad guest: there is nothing to hold against them, and nothing that speaks for them.
    fresh = ["--home", folder / "fresh", "--passphrase-file", folder / "passphrase", "--no-input"]
    walk.envelope("faam", "init", *fresh)
    oscar = stays.log_in("oscar")
    offer = stays.call("POST", "/me/offer", {}, oscar)[1]
    walk.envelope("faam", "receive", offer["link"], "--code", offer["code"], *fresh)
    asked = flats.call("POST", "/applications", {"listing": "Oudegracht 12"}, other)[1]
    plan = walk.run("faam", "--json", "present", asked["link"], "--dry-run", *fresh, ends=None)
    expect(plan.returncode != 0, "three ratings are asked for, and Oscar has one: his wallet says so", plan.stdout)

    # Whoever changes their mind takes it back.
    page = f"/applications/{asked['id']}"
    status, withdrawn, _ = flats.call("DELETE", page, session=other)
    expect((status, withdrawn["state"]) == (200, "revoked"), "an application is withdrawn", status, withdrawn)
    said = walk.run("faam", "--json", "present", asked["link"], "--dry-run", *wallet, ends=None)
    expect(said.returncode != 0 and "revoked" in said.stdout, "and cannot be answered any more", said.stdout)

    # The back end is killed before it hears; it is told again.
    asked = flats.call("POST", "/applications", {"listing": "Lange Nieuwstraat 3"}, tenant)[1]
    flats.backend.kill()
    flats.backend.wait()
    present(asked["link"])
    flats.start_backend()
    page = f"/applications/{asked['id']}"
    decided = until("the decision after a crash", lambda: (s := flats.call("GET", page, session=tenant)[1])["state"] == "decided" and s)
    expect(decided["outcome"] == "accepted", "a back end that was killed hears of it afterwards", decided)

    # The daemon is killed; what was acknowledged is there.
    flats.daemon.kill()
    flats.daemon.wait()
    (flats.dir / "api.addr").unlink(missing_ok=True)
    status, said, _ = flats.call("POST", "/applications", {"listing": "Nobelstraat 1"}, tenant)
    expect(status == 503, "without its daemon the back end says so", status, said)
    flats.start_node()
    status, said, _ = flats.call("POST", "/applications", {"listing": "Nobelstraat 1"}, tenant)
    expect(status == 201, "and goes on when it is back", status, said)

    # The key is rotated away from under it.
    walk.run("faam-node", "keys", "revoke", "backend", "--config", flats.config)
    status, said, _ = flats.call("POST", "/applications", {"listing": "Nobelstraat 1"}, tenant)
    expect((status, said.get("code")) == (422, "api.key"), "a revoked key opens nothing", status, said)
    made = walk.envelope("faam-node", "keys", "new", "backend", *MAY, "--config", flats.config)
    Marketplace.write(flats.key, made["data"]["key"])
    status, said, _ = flats.call("POST", "/applications", {"listing": "Nobelstraat 1"}, tenant)
    expect(status == 201, "a new one does, without a restart", status, said)


# What each back end makes of a webhook that is signed under an empty key, with a secret of which the rest was lost.
FORGED = {
    "Python": [sys.executable, "-B", "-c", """
import sys, faam
headers = {"webhook-id": sys.argv[1], "webhook-timestamp": sys.argv[2], "webhook-signature": sys.argv[3]}
faam.opened("whsec_", headers, b"{}", int(sys.argv[2]))
"""],
    "Node": ["node", "--input-type=module", "-e", """
import { opened } from './faam.mjs';
const [id, stamp, signature] = process.argv.slice(1);
opened('whsec_', { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': signature }, Buffer.from('{}'), Number(stamp));
"""],
}


def refuse_empty_secrets():
    headers = signed("whsec_", "empty", b"{}")
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    values = [{name.lower(): value for name, value in headers.items()}[name] for name in names]
    for language, command in FORGED.items():
        done = subprocess.run([*command, *values], cwd=HERE / language.lower(), capture_output=True, text=True, check=False)
        expect(done.returncode != 0 and "secret is empty" in done.stderr, f"{language} takes no empty secret", done.stderr)


def in_a_folder(story, *arguments):
    """Tells a story in a folder that is gone afterwards, and ends whatever it started; where it fails, with what they logged."""
    running = []
    programs = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        try:
            story(pathlib.Path(folder), programs, running, *arguments)
        except BaseException:
            for log in sorted(pathlib.Path(folder).glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)
            raise
        finally:
            for process in running:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGTERM)
            for process in running:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def main():
    refuse_empty_secrets()
    for first, second in [("Python", "Node"), ("Node", "Python")]:
        print(f"\n{first} for the market that rates, {second} for the one that asks", flush=True)
        in_a_folder(walk_through, first, second)
    print("\nBoth back ends did what they should.", flush=True)


if __name__ == "__main__":
    main()
