"""What a posting costs, beside one that is written by hand without any of the ledger's guards, in one run.

By hand: a journal and two entries in plain tables with the same keys and indexes and with foreign keys, in a transaction
of its own (BEGIN, two INSERTs, COMMIT), by pgbench with prepared statements. Ours: the same fact through `post_journals`,
as the program's role under row-level security, with everything that is checked. One at a time, inside BEGIN and COMMIT,
taken from an account that may not be overdrawn, and a hundred in one call. Same server, durable (it is asked), in turns.

usage: measure.py PATH_OF_ATTACHE [seconds]      wants pgbench and psql
"""

import glob
import json
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
CLIENTS = (1, 8)
BATCH = 100
PARTIES = 50
AIMS = {"single": 0.9, "batch": 4.0}
# Two runs of one thing on a busy machine differ by as much.
LEEWAY = 0.9
VENDOR = "00000000-0000-4000-8000-0000000000aa"


def tool(name):
    """A tool of PostgreSQL's, which a package may keep out of the path."""
    return shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise SystemExit(f"error: {command[0]}: {done.stderr or done.stdout}")
    return done.stdout


SETUP = f"""
INSERT INTO vendors (id, slug, name) VALUES ('{VENDOR}', 'bench', 'Bench');
BEGIN;
SELECT set_config('attache.vendor', '{VENDOR}', true);
INSERT INTO organizations (vendor_id, id, kind, name, country, zone)
  SELECT '{VENDOR}', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'customer', 'Party ' || n, 'NO', 'UTC'
  FROM generate_series(1, {PARTIES}) n;
COMMIT;
CREATE TABLE plain_accounts (vendor_id uuid, id uuid, PRIMARY KEY (vendor_id, id));
CREATE TABLE plain_journals (vendor_id uuid, id uuid, event_key text NOT NULL UNIQUE, kind text NOT NULL, facts jsonb NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT app_now(), PRIMARY KEY (vendor_id, id));
CREATE TABLE plain_entries (vendor_id uuid, journal_id uuid, line smallint, account_id uuid NOT NULL, currency text NOT NULL,
  amount_minor bigint NOT NULL, PRIMARY KEY (vendor_id, journal_id, line),
  FOREIGN KEY (vendor_id, journal_id) REFERENCES plain_journals, FOREIGN KEY (vendor_id, account_id) REFERENCES plain_accounts);
CREATE INDEX ON plain_entries (vendor_id, account_id) INCLUDE (amount_minor);
INSERT INTO plain_accounts SELECT '{VENDOR}', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid
  FROM generate_series(0, {PARTIES}) n;
GRANT SELECT, INSERT ON plain_accounts, plain_journals, plain_entries TO attache_app;
"""

PARTY = "('00000000-0000-4000-8000-' || lpad(:party::text, 12, '0'))"
FRESH = "('00000000-0000-4000-8000-' || :n)"
DRAW = f"\\set n random(100000000000, 999999999999)\n\\set party random(1, {PARTIES})\n"


def lines(amount):
    return (
        f"""'[{{"kind":"stripe_pending","currency":"USD","amount":{amount}}},"""
        f"""{{"kind":"credit","organization":"' || {PARTY} || '","currency":"USD","amount":{-amount}}}]'"""
    )


def one(amount):
    text = (
        f"""'[{{"id":"' || {FRESH} || '","event_key":"charge:' || :n || '","kind":"charge","facts":{{"charge":"ch_1"}},"""
        f""""lines":' || {lines(amount)} || '}}]'"""
    )
    return f"SELECT set_config('attache.vendor', '{VENDOR}', true), post_journals(({text})::jsonb);\n"


MANY = f"""SELECT set_config('attache.vendor', '{VENDOR}', true), post_journals((SELECT jsonb_agg(jsonb_build_object(
  'id', gen_random_uuid(), 'event_key', 'charge:' || :n || ':' || i, 'kind', 'charge', 'facts', '{{"charge":"ch_1"}}'::jsonb,
  'lines', ({lines(100)})::jsonb)) FROM generate_series(1, {BATCH}) i));
""".replace("\n  ", " ")

SCRIPTS = {
    "plain": f"""{DRAW}BEGIN;
INSERT INTO plain_journals (vendor_id, id, event_key, kind, facts) VALUES ('{VENDOR}', {FRESH}::uuid, 'charge:' || :n, 'charge', '{{"charge":"ch_1"}}');
INSERT INTO plain_entries VALUES ('{VENDOR}', {FRESH}::uuid, 1, '00000000-0000-4000-8000-000000000000', 'USD', 100), ('{VENDOR}', {FRESH}::uuid, 2, {PARTY}::uuid, 'USD', -100);
COMMIT;
""",
    "single": DRAW + one(100),
    "within": f"{DRAW}BEGIN;\n{one(100)}COMMIT;\n",
    "taking": DRAW + one(-1),
    "batch": DRAW + MANY,
}
TOLD = {
    "single": "one posting, a call",
    "within": "one posting, a call between BEGIN and COMMIT",
    "taking": "one posting that takes from a guarded account",
    "batch": f"{BATCH} postings, a call",
}


class Server:
    """The private, durable database of `attache up`."""

    def __init__(self, folder, binary):
        self.folder, self.data = folder, folder / "data"
        said = open(folder / "up.log", "w")
        command = [binary, "up", "--no-demo", "--port", str(free_port()), "--data", str(self.data)]
        self.process = subprocess.Popen(command, stdout=said, stderr=said)
        for _ in range(1800):
            if "ready http" in (folder / "up.log").read_text():
                break
            if self.process.poll() is not None:
                raise SystemExit(f"error: {(folder / 'up.log').read_text()}")
            time.sleep(0.1)
        self.app = json.loads((self.data / "addresses.json").read_text())["others"]["database"]
        self.owner = self.app.replace("attache_app", "attache_owner")

    def sql(self, url, text):
        return run([tool("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", url], text)

    def rate(self, name, clients, seconds):
        """Postings a second."""
        script = self.folder / f"{name}.sql"
        script.write_text(SCRIPTS[name])
        said = run([tool("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(script), self.app])
        if not re.search(r"failed transactions: 0 ", said):
            raise SystemExit(f"error: {said}")
        rate = float(re.search(r"tps = ([\d.]+)", said)[1])
        return rate * BATCH if name == "batch" else rate

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def main():
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for needed in ("pgbench", "psql"):
        if not tool(needed):
            print(f"skipped: there is no {needed} to measure with")
            return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)
        server = Server(folder, sys.argv[1])
        try:
            server.sql(server.owner, SETUP)
            durable = server.sql(server.app, "SHOW fsync; SHOW synchronous_commit; SHOW full_page_writes;").split()
            if durable != ["on", "on", "on"]:
                raise SystemExit(f"error: the server is not durable: {durable}")
            rates = measure(server, seconds)
            sum_up(server)
        finally:
            server.stop()
    tell(rates)


def measure(server, seconds):
    for name in SCRIPTS:
        server.rate(name, 2, 1)
    rates = {(name, clients): [] for name in SCRIPTS for clients in CLIENTS}
    for _ in range(ROUNDS):
        sum_up(server)
        for clients in CLIENTS:
            for name in SCRIPTS:
                rates[name, clients].append(server.rate(name, clients, seconds))
    return rates


def sum_up(server):
    """Sums up long accounts, as the program's job does, and makes sure of the books."""
    opening = f"BEGIN; SELECT set_config('attache.vendor', '{VENDOR}', true);"
    server.sql(server.app, f"{opening} SELECT checkpoint_balances(500); COMMIT;")
    off = server.sql(server.owner, f"{opening} SELECT sum(amount_minor) FROM entries; COMMIT;").split()[-1]
    if off != "0":
        raise SystemExit(f"error: the entries sum to {off}")


def tell(rates):
    missed = []
    print(f"postings a second, durable, the middle of {ROUNDS} rounds; by hand in brackets; ratios round by round:")
    for clients in CLIENTS:
        plain = rates["plain", clients]
        for name, words in TOLD.items():
            ratio = statistics.median(ours / theirs for ours, theirs in zip(rates[name, clients], plain))
            aim = f" (the aim: {AIMS[name]})" if name in AIMS else ""
            ours = statistics.median(rates[name, clients])
            if ratio < AIMS.get(name, 0) * LEEWAY:
                missed.append(f"{words}, {clients} at once")
            print(f"  {clients} at once, {words:<46} {ours:8.0f} [{statistics.median(plain):.0f}]  {ratio:.2f} times{aim}")
    if missed:
        raise SystemExit(f"error: below what is aimed at: {'; '.join(missed)}")


main()
