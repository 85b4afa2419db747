#!/usr/bin/env python3
"""`tegula pull` of a file from nginx on this machine, verification and all, beside `curl -o`.

The whole process counts. curl checks nothing, and syncs nothing: give --folder a folder in memory
(/dev/shm) to leave the disk out of it."""
import hashlib
import shutil
import socket
import subprocess
import sys
import time

import common

BAR = 0.95


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


def main():
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None or shutil.which("curl") is None:
        print("left out: nginx or curl is not installed")
        return
    with common.Scenario(__doc__) as scenario:
        tegula = common.program("tegula")
        files = scenario.folder / "files"
        files.mkdir()
        model = common.make_model(files / "model.gguf", scenario.pick(1024, 4))
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        nginx, url = start_nginx(scenario.folder / "nginx", files)
        home, copy = scenario.folder / "home", scenario.folder / "copy"

        def pull():
            shutil.rmtree(home, ignore_errors=True)
            name = f"{url}/{model.name}@sha256:{digest}"
            return common.must_run([tegula, "pull", name, "--as", "model"], home=home)

        def curl():
            copy.unlink(missing_ok=True)
            return common.must_run(["curl", "-s", "-o", copy, f"{url}/{model.name}"])

        try:
            runs = common.interleaved(scenario.pick(7, 1), tegula=pull, curl=curl)
        finally:
            nginx.kill()
            nginx.wait()
        size = model.stat().st_size
        ours, peer = (size / common.median_ms(runs[name]) / 1e6 for name in ("tegula", "curl"))
        scenario.row(
            "pull from nginx, verified",
            f"{ours:.2f} GB/s",
            f"`curl` {peer:.2f} GB/s",
            f"{ours / peer:.2f}",
            f"≥ {BAR}",
            ours >= BAR * peer,
        )


main()
