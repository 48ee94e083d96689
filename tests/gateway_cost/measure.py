"""What the gateway's own work costs, beside nginx doing the nearest thing to it, in one run.

Both hand on the same 5 kB of JSON from the same server. nginx asks another server whether the call may pass
(`auth_request`), hands it on and writes a line to its log. The gateway reads its key, letter, connection, seat and engagement
from the database, decides, opens the token, hands the answer on and writes its line to the audit trail. Counted is the
processor time of each process, by request; what the database spends on the gateway's behalf is told apart.

usage: measure.py PATH_OF_ATTACHE [seconds]      wants nginx and wrk; release builds tell the truth
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "larkfield-demo"
CONSULTANT = "ines@brandt-lifecycle.example"
CLIENTS = 8
ROUNDS = 3
AIM = 3.0
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, tries=1200):
    for _ in range(tries):
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"error: waited in vain: {what.__doc__}")


def answers(url):
    def check():
        """a server that answers"""
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    return check


def ask(base, path, body=None, token=None, method=None):
    headers = {"origin": base, "content-type": "application/json"}
    if token:
        headers["cookie"] = token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        cookies = [c.split(";")[0] for c in answer.headers.get_all("set-cookie") or []]
        return json.loads(text or b"null"), "; ".join(cookies)


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]


def ticks(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def spent(pids):
    """Processor time of processes so far, in microseconds."""
    return sum(ticks(pid) for pid in pids) * 1_000_000 / TICK


def nginx(folder, text):
    folder.mkdir()
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen(
        ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    )
    wait_for(lambda: len(children(process.pid)) == 1)
    return process


COMMON = """daemon off; worker_processes 1; pid {folder}/pid; user {user};
events {{ worker_connections 512; }}
http {{ client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; keepalive_requests 100000000; {inside} }}
"""


def origin(folder, port, body):
    (folder.parent / "body.json").write_text(body)
    inside = f"""access_log off;
  server {{ listen 127.0.0.1:{port}; location = /may {{ return 204; }}
    location / {{ default_type application/json; root {folder.parent}; try_files /body.json =404; }} }}"""
    return nginx(folder, COMMON.format(folder=folder, user=os.environ.get("USER", "root"), inside=inside))


def proxy(folder, port, behind):
    inside = f"""access_log {folder}/access.log;
  upstream behind {{ server 127.0.0.1:{behind}; keepalive 32; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{port};
    location = /auth {{ internal; proxy_pass http://behind/may; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length ""; }}
    location / {{ auth_request /auth; proxy_pass http://behind; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Authorization "Bearer of-the-proxy"; }} }}"""
    return nginx(folder, COMMON.format(folder=folder, user=os.environ.get("USER", "root"), inside=inside))


def load(url, seconds, key=None):
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s"]
    if key:
        command += ["-H", f"Authorization: Bearer {key}"]
    text = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    count = int(re.search(r"(\d+) requests in", text).group(1))
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"error: not every call was answered\n{text}")
    return count


def cost(url, seconds, groups, key=None):
    """Microseconds by request for each group of processes, and requests a second."""
    load(url, 1, key)
    before = {name: spent(pids()) for name, pids in groups.items()}
    count = load(url, seconds, key)
    time.sleep(1.2)  # what was still to be written belongs to it
    used = {name: (spent(pids()) - before[name]) / count for name, pids in groups.items()}
    return used, count / seconds


class Installation:
    """The program with its demo, and a node beside it that serves nothing but this load."""

    def __init__(self, folder):
        self.folder, self.data, self.running = folder, folder / "data", []

    def start(self, binary, api):
        folder, port = self.folder, free_port()
        self.base = f"http://127.0.0.1:{port}"
        said = open(folder / "up.log", "w")
        command = [binary, "up", "--port", str(port), "--data", str(self.data)]
        self.running.append(subprocess.Popen(command, stdout=said, stderr=said))
        wait_for(lambda: "ready http" in (folder / "up.log").read_text(), 3000)
        self.key, self.path = self.letter()
        upstreams = folder / "upstreams"
        upstreams.mkdir()
        text = (HERE.parent.parent / "upstreams" / "larkfield.toml").read_text()
        wanted = {"api": f'"{api}"', "letter_a_minute": "600000", "account_a_minute": "600000"}
        for key, value in wanted.items():
            text, changed = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text, count=1)
            assert changed == 1
        (upstreams / "larkfield.toml").write_text(text)
        listen = free_port()
        self.node_base = f"http://127.0.0.1:{listen}"
        others = json.loads((self.data / "addresses.json").read_text())["others"]
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": others["database"],
            "ATTACHE_URL": self.base,
            "ATTACHE_LISTEN": f"127.0.0.1:{listen}",
            "ATTACHE_SECRET_KEY": (self.data / "secret.key").read_bytes().hex(),
            "ATTACHE_FILES": str(folder / "files"),
            "ATTACHE_UPSTREAMS": str(upstreams),
            "ATTACHE_DEVELOPMENT_LOOPBACK": "yes",
            "ATTACHE_LOG": "warn",
            "SANDBOX_MARKETING_URL": others["marketing"],
            "SANDBOX_MARKETING_CLIENT_ID": "none",
            "SANDBOX_MARKETING_CLIENT_SECRET": "none",
            "SMTP_URL": "smtp://127.0.0.1:9",
            "MAIL_FROM": "Bench <bench@attache.example>",
            "STRIPE_SECRET_KEY": "sk_test_none",
            "STRIPE_WEBHOOK_SECRETS": "whsec_none",
            "STRIPE_CONNECT_WEBHOOK_SECRETS": "whsec_none",
        }
        self.node = subprocess.Popen([binary, "serve"], env=environment)
        self.running.append(self.node)
        wait_for(answers(self.node_base + "/healthz"))

    def letter(self):
        """A key of a letter in force that reads lists."""
        _, cookie = ask(self.base, "/v1/sessions", {"email": CONSULTANT, "password": PASSWORD})
        grants, _ = ask(self.base, "/v1/grants?limit=100", token=cookie)
        for grant in grants["items"]:
            if grant["standing"] != "in-force":
                continue
            made, _ = ask(self.base, f"/v1/grants/{grant['id']}/keys", {"name": "bench"}, cookie)
            return made["secret"], f"/gw/{grant['id']}/lists"
        raise SystemExit("error: the demo has no letter in force")

    def database(self):
        return [pid for pid in children(self.postmaster())]

    def postmaster(self):
        return int((self.data / "postgres" / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self):
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
            process.wait(60)


def main():
    binary = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    for needed in ("nginx", "wrk"):
        if not shutil.which(needed):
            print(f"skipped: there is no {needed} to measure with")
            return
    items = [{"id": f"lst_{n:06}", "name": "People who bought " + "x" * 40, "contacts": n} for n in range(55)]
    body = json.dumps({"items": items, "next": None})
    processes, place = [], None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o711)
        behind, front = free_port(), free_port()
        try:
            processes.append(origin(folder / "origin", behind, body))
            processes.append(proxy(folder / "proxy", front, behind))
            place = Installation(folder)
            place.start(binary, f"http://127.0.0.1:{behind}")
            rounds = [measure(place, processes[1], front, seconds) for _ in range(ROUNDS)]
        finally:
            if place:
                place.stop()
            for process in processes:
                process.terminate()
                process.wait(20)
    tell(rounds, len(body))


def measure(place, nginx_process, front, seconds):
    theirs, their_rate = cost(
        f"http://127.0.0.1:{front}/lists", seconds, {"nginx": lambda: children(nginx_process.pid)}
    )
    groups = {"gateway": lambda: [place.node.pid], "database": place.database}
    idle = {name: spent(pids()) for name, pids in groups.items()}
    time.sleep(seconds)
    idle = {name: (spent(pids()) - idle[name]) / seconds for name, pids in groups.items()}
    ours, rate = cost(place.node_base + place.path, seconds, groups, place.key)
    for name in groups:
        ours[name] -= idle[name] / rate
    return {**theirs, **ours, "nginx_rate": their_rate, "rate": rate}


def tell(rounds, size):
    middle = {name: sorted(each[name] for each in rounds)[ROUNDS // 2] for name in rounds[0]}
    ratio = middle["gateway"] / middle["nginx"]
    print(f"{size} bytes of JSON, {CLIENTS} connections, the middle of {ROUNDS} rounds, microseconds of processor a request:")
    print(f"  nginx, its auth subrequest and log   {middle['nginx']:8.1f}")
    print(f"  the gateway's process                {middle['gateway']:8.1f}   {ratio:.1f} times nginx (the aim: {AIM:.0f})")
    print(f"  the database on its behalf           {middle['database']:8.1f}   {middle['database'] / middle['nginx']:.1f} times nginx")
    print(f"  requests a second: nginx {middle['nginx_rate']:.0f}, the gateway {middle['rate']:.0f}")


main()
