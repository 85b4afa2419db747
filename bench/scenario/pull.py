#!/usr/bin/env python3
"""`tegula pull` of a file from nginx on this machine, verification and all, beside `curl -o`.

The whole process counts. curl checks nothing and syncs nothing, so there are more rows: curl and a
`sync` of its file; both to a folder in memory, which needs none; and there curl and `openssl dgst`
of its file, which is what checking takes without us."""
import hashlib
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import common

BAR = 0.95
MEMORY = pathlib.Path("/dev/shm")


def start_nginx(folder, files):
    port = common.free_port()
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;\n"
        "events {}\n"
        f"http {{ access_log off; sendfile on; client_body_temp_path {folder}/a;\n"
        f"  proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;\n"
        f"  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n"
        f"  server {{ listen 127.0.0.1:{port}; root {files}; }} }}\n"
    )
    nginx = subprocess.Popen(["nginx", "-c", config, "-e", folder / "log"])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return nginx, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.05)
    sys.exit("nginx does not come up")


class Pulls:
    """One file on a server, fetched into one folder by either side."""

    def __init__(self, folder, url, digest):
        self.home, self.copy = folder / "home", folder / "copy"
        self.url = url
        self.digest = digest

    def tegula(self):
        shutil.rmtree(self.home, ignore_errors=True)
        name = f"{self.url}@sha256:{self.digest}"
        tegula = common.program("tegula")
        return common.must_run([tegula, "pull", name, "--as", "model"], home=self.home)

    def curl(self):
        self.copy.unlink(missing_ok=True)
        return common.must_run(["curl", "-s", "-o", self.copy, self.url])

    def curl_and(self, *command):
        done = self.curl()
        done.wall_ms += common.must_run([*command, self.copy]).wall_ms
        return done

    def curl_and_sync(self):
        return self.curl_and("sync")

    def curl_and_digest(self):
        return self.curl_and("openssl", "dgst", "-sha256")


def compare(scenario, where, size, sides):
    """A row for each peer."""
    runs = common.interleaved(scenario.pick(7, 1), **sides)
    speeds = {name: size / common.median_ms(runs[name]) / 1e6 for name in sides}
    ours = speeds.pop("tegula")
    for peer, theirs in speeds.items():
        scenario.row(
            f"pull from nginx {where}, verified",
            f"{ours:.2f} GB/s",
            f"`{peer}` {theirs:.2f} GB/s",
            f"{ours / theirs:.2f}",
            f"≥ {BAR}",
            ours >= BAR * theirs,
        )


def main():
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None or shutil.which("curl") is None:
        print("left out: nginx or curl is not installed")
        return
    with common.Scenario(__doc__) as scenario:
        files = scenario.folder / "files"
        files.mkdir()
        model = common.make_model(files / "model.gguf", scenario.pick(1024, 4))
        size = model.stat().st_size
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        nginx, url = start_nginx(scenario.folder / "nginx", files)
        url = f"{url}/{model.name}"
        try:
            pulls = Pulls(scenario.folder, url, digest)
            sides = {"tegula": pulls.tegula, "curl": pulls.curl, "curl; sync": pulls.curl_and_sync}
            compare(scenario, "to disk", size, sides)
            if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 3 * size:
                with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
                    pulls = Pulls(pathlib.Path(folder), url, digest)
                    sides = {
                        "tegula": pulls.tegula,
                        "curl": pulls.curl,
                        "curl; openssl dgst": pulls.curl_and_digest,
                    }
                    compare(scenario, "to memory", size, sides)
        finally:
            nginx.kill()
            nginx.wait()


main()
