#!/usr/bin/env python3
"""`tegula verify-bundle` of a signed, stamped and logged statement, the whole process, offline.

Beside it `openssl dgst -verify`: one signature by the same kind of key, and nothing else."""
import json
import subprocess

import common

BAR_MS = 5
TYPE = "dev.sigstore.bundle.predicateType"
SIGNATURE = "https://sigstore.dev/cosign/sign/v1"


def sign(tegula, folder):
    """Makes a log, has a model signed by it, and gives the model's digest and a bundle's file."""
    port, log = common.free_port(), folder / "log"
    url = f"http://localhost:{port}"
    common.must_run([tegula, "log", "init", "--origin", "localhost", "--url", url, log])
    for name in ("trusted_root.json", "signing_config.json"):
        (folder / name).write_bytes((log / name).read_bytes())
    server = subprocess.Popen(
        [tegula, "log", "serve", "--listen", f"127.0.0.1:{port}", log], stdout=subprocess.PIPE
    )
    try:
        server.stdout.readline()
        model = common.make_model(folder / "model.gguf", 4)
        common.must_run([tegula, "build", "-t", "model", model], home=folder)
    finally:
        server.terminate()
        server.wait()
    layout = folder / "layout"
    common.must_run([tegula, "export", "--oci", layout, "model"], home=folder)
    for blob in (layout / "blobs/sha256").iterdir():
        if not blob.read_bytes().startswith(b'{"schemaVersion"'):
            continue
        manifest = json.loads(blob.read_bytes())
        if manifest.get("annotations", {}).get(TYPE) == SIGNATURE:
            bundle = manifest["layers"][0]["digest"].removeprefix("sha256:")
            return manifest["subject"]["digest"], layout / "blobs/sha256" / bundle
    raise SystemExit("the model was not signed")


def openssl_case(folder):
    """The words of `openssl dgst` that check a P-256 signature of a small file."""
    key, public, text, signature = (folder / name for name in ("k", "k.pub", "text", "text.sig"))
    text.write_text("hello")
    common.must_run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
    common.must_run(["openssl", "ec", "-in", key, "-pubout", "-out", public])
    common.must_run(["openssl", "dgst", "-sha256", "-sign", key, "-out", signature, text])
    return ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, text]


def main():
    with common.Scenario(__doc__) as scenario:
        tegula = common.program("tegula")
        digest, bundle = sign(tegula, scenario.folder)
        common.must_run([tegula, "key", "show"], home=scenario.folder, log=scenario.folder / "pub")
        command = [tegula, "verify-bundle", "--bundle", bundle, "--key", scenario.folder / "pub"]
        peer = openssl_case(scenario.folder)
        runs = common.interleaved(
            scenario.pick(200, 3),
            tegula=lambda: common.must_run([*command, digest], home=scenario.folder),
            openssl=lambda: common.must_run(peer),
        )
        ours, theirs = common.median_ms(runs["tegula"]), common.median_ms(runs["openssl"])
        scenario.row(
            "verification of a bundle, whole process, offline",
            f"{ours:.2f} ms",
            f"`openssl dgst -verify` {theirs:.2f} ms",
            f"{ours / theirs:.2f}",
            f"≤ {BAR_MS} ms",
            ours <= BAR_MS,
        )


main()
