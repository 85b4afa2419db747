"""Servers for the tests of pulls and pushes: docker-registry, a hub in the shape of Hugging Face's,
and a proxy that spoils what goes through it."""
import contextlib
import hashlib
import http.client
import http.server
import json
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

SECONDS_MAX = 60  # for a server to come up


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port):
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


class DockerRegistry:
    """Debian's docker-registry over a folder; with `users`, it asks for a name and a password."""

    def __init__(self, folder, users=None):
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        folder.mkdir(parents=True)
        auth = ""
        if users is not None:
            import crypt  # bcrypt, which docker-registry wants; the C library has it

            lines = [
                f"{name}:{crypt.crypt(word, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))}"
                for name, word in users.items()
            ]
            (folder / "htpasswd").write_text("\n".join(lines) + "\n")
            auth = f"auth: {{htpasswd: {{realm: test, path: {folder / 'htpasswd'}}}}}\n"
        config = folder / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}\n"
            f"http: {{addr: 127.0.0.1:{self.port}}}\n{auth}"
        )
        self.process = subprocess.Popen(
            [program("docker-registry"), "serve", config],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def close(self):
        self.process.kill()
        self.process.wait()


class Nginx:
    """nginx over a folder of files."""

    def __init__(self, folder, files):
        self.port = free_port()
        folder.mkdir(parents=True)
        config = folder / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;\n"
            "events {}\n"
            f"http {{ access_log off; client_body_temp_path {folder}/body;\n"
            f"  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;\n"
            f"  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
            f"  server {{ listen 127.0.0.1:{self.port}; root {files}; }} }}\n"
        )
        self.process = subprocess.Popen(
            [program("nginx"), "-c", config, "-e", folder / "log"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self.port)

    def close(self):
        self.process.kill()
        self.process.wait()


class _Server:
    """A Python server on a thread; `handler` is a class made by the subclass."""

    def start(self, handler):
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def parse_range(text, size):
    match = re.fullmatch(r"bytes=(\d+)-(\d+)", text or "")
    return (int(match[1]), min(int(match[2]), size - 1)) if match else None


class Hub(_Server):
    """A model hub: metadata here, the bytes on another server that it redirects to."""

    def __init__(self, repositories, token=None):
        """repositories: "org/repo" -> {file name: path on disk}."""
        self.storage = Storage()
        self.repositories = repositories
        self.seen = []  # (path, Authorization)
        hub = self

        class Handler(_Handler):
            def do_GET(self):
                path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
                authorization = self.headers.get("Authorization")
                hub.seen.append((path, authorization))
                if token is not None and authorization != f"Bearer {token}":
                    return self.answer(401, b'{"error":"Invalid credentials"}')
                for name, files in repositories.items():
                    if path.startswith(f"/api/models/{name}/revision/"):
                        return self.answer(200, json.dumps(hub.metadata(files)).encode())
                    match = re.fullmatch(rf"/{name}/resolve/{hub.commit}/(.+)", path)
                    if match and match[1] in files:
                        where = hub.storage.add(files[match[1]])
                        return self.answer(302, headers=[("Location", where)])
                return self.answer(404, b'{"error":"Repository not found"}')

        self.commit = hashlib.sha1(b"commit").hexdigest()
        self.start(Handler)

    def metadata(self, files):
        siblings = []
        for name, path in files.items():
            entry = {"rfilename": name, "size": path.stat().st_size}
            if path.suffix in (".gguf", ".safetensors"):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": path.stat().st_size, "pointerSize": 135}
            siblings.append(entry)
        return {"id": "org/repo", "sha": self.commit, "siblings": siblings}

    def close(self):
        super().close()
        self.storage.close()


class Storage(_Server):
    """Files by number, in ranges, with an entity tag."""

    def __init__(self):
        self.files = []
        self.tags = {}  # path -> entity tag, where it is not the usual one
        self.seen = []  # (first, last, Authorization)
        self.knows_ranges = True
        storage = self

        class Handler(_Handler):
            def do_GET(self):
                path = storage.files[int(self.path.strip("/").split("/")[0])]
                data = path.read_bytes()
                span = parse_range(self.headers.get("Range"), len(data))
                tag = storage.tags.get(path, '"' + hashlib.sha256(data).hexdigest() + '"')
                headers = [("ETag", tag)]
                if span is None or not storage.knows_ranges:
                    storage.seen.append((0, len(data) - 1, self.headers.get("Authorization")))
                    return self.answer(200, data, headers)
                first, last = span
                storage.seen.append((first, last, self.headers.get("Authorization")))
                headers.append(("Content-Range", f"bytes {first}-{last}/{len(data)}"))
                return self.answer(206, data[first : last + 1], headers)

            do_HEAD = do_GET

        self.start(Handler)

    def add(self, path):
        if path not in self.files:
            self.files.append(path)
        return f"{self.url}/{self.files.index(path)}/{path.name}?signature=x"


class Proxy(_Server):
    """Passes requests on to a registry, notes ranges of blobs, and spoils what it is told to."""

    def __init__(self, port):
        self.seen = []  # (digest, first, last) of each range of a blob that was asked for
        self.spoil = lambda digest, first, body: body  # the body of a blob's range on its way
        self.busy = set()  # threads that answer
        proxy = self

        class Handler(_Handler):
            def pass_on(self):
                proxy.busy.add(threading.get_ident())
                try:
                    self.pass_on_one()
                finally:
                    proxy.busy.discard(threading.get_ident())

            def pass_on_one(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                onward = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
                headers = dict(self.headers.items())
                headers["Connection"] = "close"
                onward.request(self.command, self.path, body, headers)
                reply = onward.getresponse()
                got = reply.read()
                onward.close()
                match = re.search(r"/blobs/(sha256:[0-9a-f]{64})(\?|$)", self.path)
                if match and self.command == "GET" and reply.status in (200, 206):
                    span = parse_range(self.headers.get("Range"), 1 << 60) or (0, len(got) - 1)
                    proxy.seen.append((match[1], *span))
                    got = proxy.spoil(match[1], span[0], got)
                self.send_response(reply.status)
                for name, value in reply.getheaders():
                    if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                        self.send_header(name, value)
                length = reply.getheader("Content-Length") if self.command == "HEAD" else len(got)
                self.send_header("Content-Length", str(length or 0))
                self.end_headers()
                self.wfile.write(got)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

        self.start(Handler)

    def wait_until_idle(self):
        """What a client asked for that is gone by now is noted when this returns."""
        while self.busy:
            time.sleep(0.01)


class Refuser(_Server):
    """Wants a password for everything, and notes what it is given."""

    def __init__(self):
        self.seen = []  # (path, Authorization)
        refuser = self

        class Handler(_Handler):
            def do_GET(self):
                refuser.seen.append((self.path, self.headers.get("Authorization")))
                self.answer(401, headers=[("WWW-Authenticate", 'Basic realm="here"')])

            do_HEAD = do_GET

        self.start(Handler)


class Forwarder(_Server):
    """A proxy as http_proxy names one, which alone knows the hosts behind it."""

    def __init__(self, ports):
        self.seen = []  # hosts
        forwarder = self

        class Handler(_Handler):
            def do_POST(self):
                url = urllib.parse.urlsplit(self.path)
                forwarder.seen.append(url.hostname)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                there = http.client.HTTPConnection("127.0.0.1", ports[url.hostname])
                there.request("POST", url.path, body, {"Content-Type": "text/plain"})
                reply = there.getresponse()
                self.answer(reply.status, reply.read())
                there.close()

        self.start(Handler)


def get(url):
    """What is there for an Ollama client."""
    docker = "application/vnd.docker.distribution.manifest.v2+json"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": docker})) as reply:
        return reply.read()


def program(name):
    """Where it is; an ordinary user's PATH leaves out the folder of the servers."""
    return shutil.which(name, path="/usr/sbin:/usr/bin:/bin")


def missing_programs(*names):
    return [name for name in names if program(name) is None]

