#!/usr/bin/env python3
"""Signing, logging, verifying and obeying, with a log, a witness and a timestamp authority.

  trust_test.py [TEST…]
"""
import base64
import copy
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

for folder in ("crash", "remote"):
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / folder))
from programs import Failed, Home, Server, check, node_program, write_model  # noqa: E402
from servers import Forwarder, free_port  # noqa: E402

SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
FILES = "https://model_signing/signature/v1.0"
ALL_LOGGED = {kind: "logged" for kind in (SIGNATURE, FILES, PROVENANCE)}
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


class Skipped(Exception):
    pass


class Bench:
    """A home with a model and a log, and servers that end with the test."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.servers = []
        self.port = free_port()
        self.log = folder / "log"
        self.home = self.new_home()
        write_model(folder / "model.gguf", 1, 1)
        self.model = self.home.json("build", "-t", "m", folder / "model.gguf")["digest"]

    def new_home(self):
        self.count += 1
        path = self.folder / f"home{self.count}"
        path.mkdir()
        return Home(path)

    def make_log(self, *arguments):
        url = f"http://localhost:{self.port}"
        self.home.must("log", "init", "--origin", "localhost", "--url", url, *arguments, self.log)
        self.believe(self.home)

    def believe(self, home):
        for name in ("trusted_root.json", "signing_config.json"):
            (home.path / name).write_bytes((self.log / name).read_bytes())

    def serve_log(self):
        listen = f"127.0.0.1:{self.port}"
        return self.keep(Server(self.home, "log", "serve", "--listen", listen, self.log))

    def keep(self, server):
        self.servers.append(server)
        return server

    def close(self):
        for server in self.servers:
            server.close()

    def key(self):
        """base64 of the SubjectPublicKeyInfo, as policy.toml has it."""
        pem = self.home.must("key", "show")
        return "".join(pem.splitlines()[1:-1])

    def set_policy(self, home, text):
        (home.path / "policy.toml").write_text(text)

    def bundles(self, home, name="m"):
        """The bundles about a model, out of a folder in OCI layout."""
        self.count += 1
        layout = self.folder / f"layout{self.count}"
        home.must("export", "--oci", layout, name)
        out = []
        for blob in (layout / "blobs/sha256").iterdir():
            raw = blob.read_bytes()
            if not raw.startswith(b"{"):
                continue
            manifest = json.loads(raw)
            if manifest.get("artifactType") == BUNDLE:
                hexadecimal = manifest["layers"][0]["digest"].removeprefix("sha256:")
                out.append((layout / "blobs/sha256" / hexadecimal).read_text())
        return out

    def bundle_of_store(self):
        """A file with a bundle that is about a model of the store, not about files."""
        self.home.must("sign", "m")
        path = self.folder / "of-store.sigstore.json"
        path.write_text(next(b for b in self.bundles(self.home) if is_about_model(json.loads(b))))
        return path


def is_of(bundle, kind):
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    return statement["predicateType"] == kind


def is_about_model(bundle):
    """A model signature is about the files, everything else about the manifest."""
    return not is_of(bundle, FILES)


def outcomes(signed):
    return {one["predicate_type"]: one["outcome"] for one in signed["signatures"]}


def types_of(trust):
    return {one["statement"]["predicate_type"] for one in trust["signatures"]}


def test_signs_and_verifies(bench):
    bench.make_log()
    bench.serve_log()
    signed = bench.home.json("sign", "m")
    check(outcomes(signed) == ALL_LOGGED, f"{signed}")
    trust = bench.home.json("verify", "m")["trust"]
    check(types_of(trust) == {SIGNATURE, FILES, PROVENANCE}, f"{trust}")
    check(trust["refused"] == [] and trust["policy"] is None, f"{trust}")
    entries = sorted(one["entries"][0]["index"] for one in trust["signatures"])
    check(entries == [0, 1, 2], f"{entries}")
    check(all(one["times"] for one in trust["signatures"]), f"no time: {trust}")
    page = bench.home.must("verify", "m")
    check("in the log" in page and "policy: no rule" in page, page)
    version = bench.home.json("history", "m")["versions"][0]
    check(len(version["signatures"]) == 3, f"{version}")
    check(re.search(r"localhost 0, 1, 2$", bench.home.must("history", "m"), re.M), "history")
    again = outcomes(bench.home.json("sign", "m"))
    check(set(again.values()) == {"was"}, f"signed twice: {again}")
    check(bench.home.json("log", "fsck", bench.log)["size"] == 3, "other entries in the log")


def test_attests(bench):
    bench.make_log()
    bench.serve_log()
    scores = bench.folder / "scores.json"
    scores.write_text('{"score": 0.97}')
    said = "https://example.com/evaluation/v1"
    bench.home.must("attest", "m", "--predicate", scores, "--type", said)
    trust = bench.home.json("verify", "m")["trust"]
    check(types_of(trust) == {said}, f"{trust}")
    scores.write_text("[1]")
    bench.home.refuses(2, "attest", "m", "--predicate", scores, "--type", "no-uri")
    status, _, err = bench.home.run("attest", "m", "--predicate", scores, "--type", said)
    check(status == 2 and "a JSON object" in err, err)


def test_queues_without_a_connection(bench):
    bench.make_log("--no-timestamps")
    signed = bench.home.json("sign", "m")
    check(set(outcomes(signed).values()) == {"unlogged"}, f"{signed}")
    bench.home.json("sign", "m")
    check(len(bench.bundles(bench.home)) == 3, "waiting signatures were added to")
    bench.set_policy(bench.home, rule(bench, "enforce"))
    status, out, err = bench.home.run("verify", "m")
    check(status == 4 and "none of its signatures holds" in err, out + err)
    bench.serve_log()
    queued = bench.home.json("sign", "--queued")
    check(set(outcomes(queued).values()) == {"logged"}, f"{queued}")
    check(bench.home.json("sign", "--queued")["signatures"] == [], "still queued")
    check(len(bench.bundles(bench.home)) == 3, "the unlogged ones stayed")
    bench.home.must("verify", "m")


def test_says_why_bundles_do_not_count(bench):
    """Without a rule there is no policy to speak of; each bundle is named."""
    bench.make_log("--no-timestamps")
    bench.home.json("sign", "m")
    trust = bench.home.json("verify", "m")["trust"]
    check({one["predicate_type"] for one in trust["refused"]} == set(ALL_LOGGED), f"{trust}")
    key = "sha256:" + hashlib.sha256(base64.b64decode(bench.key())).hexdigest()
    for one in trust["refused"]:
        check(one["signer"] == f"key {key}" and "it is in no log" in one["why"], f"{one}")
    check(trust["why"] == "none of its signatures holds", f"{trust}")
    page = bench.home.must("verify", "m")
    check(f"does not count: {SIGNATURE} by key {key}: it is in no log" in page, page)
    check("of the policy" not in page, page)
    bench.serve_log()
    bench.home.must("sign", "--queued")
    bench.home.must("rebuild", "m")
    bench.home.must("sign", "m")
    trust = bench.home.json("verify", "m")["trust"]
    check(trust["refused"] == [] and len(trust["rebuilds"]) == 1, f"{trust}")
    other = bench.new_home()
    pem = other.must("key", "create")
    bench.set_policy(bench.home, rule(bench, "warn", "".join(pem.splitlines()[1:-1])))
    for one in bench.home.json("verify", "m")["trust"]["refused"]:
        check(one["why"] == "it is by no key of the policy" and one["signer"], f"{one}")


def test_a_new_log_is_told_again(bench):
    bench.make_log()
    server = Server(bench.home, "log", "serve", "--listen", f"127.0.0.1:{bench.port}", bench.log)
    check(outcomes(bench.home.json("sign", "m")) == ALL_LOGGED, "not logged")
    check(set(outcomes(bench.home.json("sign", "m")).values()) == {"was"}, "signed twice")
    server.close()
    shutil.rmtree(bench.log)
    bench.make_log()
    bench.set_policy(bench.home, rule(bench, "enforce"))
    check(bench.home.run("verify", "m")[0] == 4, "what another log has counts")
    bench.serve_log()
    queued = bench.home.json("sign", "--queued")
    check(outcomes(queued) == ALL_LOGGED, f"{queued}")
    check(bench.home.json("sign", "--queued")["signatures"] == [], "still queued")
    check(set(outcomes(bench.home.json("sign", "m")).values()) == {"was"}, "signed once more")
    check(len(bench.bundles(bench.home)) == 6, "what the old log has is gone")
    bench.home.must("verify", "m")


def test_folders_are_signed(bench):
    bench.make_log()
    server = bench.serve_log()
    folder, weights = bench.folder / "qwen", bench.folder / "qwen/sub/weights"
    weights.parent.mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("not a part of the model")
    (folder / "config.json").write_text("{}")
    weights.write_bytes(bytes(3 << 20))
    signature = folder / "model.sig"
    signed = bench.home.json("sign", folder)
    check(signed["bundle"] == str(signature) and signature.exists(), f"{signed}")
    key = bench.folder / "signer.pub"
    key.write_text(bench.home.must("key", "show"))
    verify = ["verify-bundle", "--bundle", signature, "--key", key, folder]
    shown = bench.home.json(*verify)
    check(shown["statement"]["predicate_type"] == FILES and shown["entries"], f"{shown}")
    (folder / ".git/HEAD").write_text("nor is this")
    bench.home.must(*verify)

    def refused(name):
        status, out, err = bench.home.run(*verify)
        check(status == 4 and f'"{name}"' in err, f"{status} {out} {err}")

    (folder / "added").write_text("x")
    refused("added")
    (folder / "added").unlink()
    with open(weights, "r+b") as file:
        file.seek(2 << 20)
        file.write(b"x")
    refused("sub/weights")
    weights.unlink()
    refused("sub/weights")
    bundle = bench.bundle_of_store()
    status, _, err = bench.home.run(*verify[:2], bundle, *verify[3:])
    check(status == 4 and "no model signature" in err, f"{status} {err}")
    text = signature.read_text()
    signature.write_text(re.sub('"payload":"....', '"payload":"AAAA', text))
    status, _, err = bench.home.run(*verify)
    check(status == 4 and "not signed by this key" in err, f"{status} {err}")
    signature.write_text(text)

    server.close()
    bench.servers.remove(server)
    before = signature.read_text()
    status, _, err = bench.home.run("sign", folder)
    check(status == 5 and "unlogged counts for nobody" in err, f"{status} {err}")
    check(signature.read_text() == before, "the signature was replaced")
    bench.home.refuses(3, "sign", bench.folder / "nothing")


def test_signatures_of_folders_stay(bench):
    """Nobody replaces another's model.sig, and what is signed already isn't logged again."""
    bench.make_log()
    bench.serve_log()
    folder = bench.folder / "qwen"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    signature = folder / "model.sig"
    check(bench.home.json("sign", folder)["outcome"] == "logged", "the first time")
    first = signature.read_bytes()

    def logged():
        return bench.home.json("log", "fsck", bench.log)["size"]

    for spelling in (folder, f"{folder}/", f"{folder}/."):
        check(bench.home.json("sign", spelling)["outcome"] == "was", f"again as {spelling}")
    status, out, err = bench.home.run("sign", folder)
    check(status == 0 and out.startswith("was ") and "signed and logged before" in err, out + err)
    check(signature.read_bytes() == first and logged() == 1, "signed again")

    other = bench.new_home()
    bench.believe(other)
    status, _, err = other.run("sign", folder)
    key = "sha256:" + hashlib.sha256(base64.b64decode(bench.key())).hexdigest()
    check(status == 1 and f"signed by key {key}" in err and "move it out" in err, f"{status} {err}")
    check(signature.read_bytes() == first and logged() == 1, "another's signature was touched")

    (folder / "config.json").write_text("[]")
    check(bench.home.json("sign", folder)["outcome"] == "logged", "the files have changed")
    check(signature.read_bytes() != first and logged() == 2, "not signed anew")
    signature.write_text("notes of mine")
    status, _, err = bench.home.run("sign", folder)
    check(status == 1 and "no signature that can be read" in err, f"{status} {err}")


def test_builds_sign(bench):
    bench.make_log()
    bench.serve_log()
    file = bench.folder / "model.gguf"
    built = bench.home.json("build", "-t", "b", file)
    check(outcomes(built) == ALL_LOGGED, f"{built}")
    check(set(outcomes(bench.home.json("build", "-t", "b", file)).values()) == {"was"}, "again")
    other = bench.new_home()
    bench.believe(other)
    built = other.json("build", "-t", "b", "--unsigned", file)
    check(built["signatures"] == [] and not (other.path / "keys").exists(), f"{built}")


def test_builds_that_are_not_signed_are_there(bench):
    """Nobody who reads the exit status or the JSON takes the build for one that failed."""
    bench.make_log()
    root = bench.home.path / "trusted_root.json"
    root.unlink()
    build = ["build", "-t", "b", bench.folder / "model.gguf"]
    status, out, err = bench.home.run(*build, "--json")
    check(status == 5 and "built, but not signed: there is no trusted root" in err, err)
    built = json.loads(out)
    check(built["digest"] == bench.model and built["signatures"] == [], f"{built}")
    check("no trusted root" in built["not_signed"], f"{built}")
    status, out, err = bench.home.run(*build)
    check(status == 5 and bench.model in out and "hint: " in err, f"{status} {out} {err}")
    bench.believe(bench.home)
    bench.serve_log()
    check(bench.home.json(*build)["not_signed"] is None, "signed")


def test_a_log_that_is_down_is_waited_for_once(bench):
    bench.make_log()
    status, _, err = bench.home.run("sign", "m")
    check(status == 0 and err.count("cannot reach") == 1, f"{status} {err}")
    check(len(bench.bundles(bench.home)) == 3, "not all were signed")


def test_the_readmes_block(bench):
    """What README.md has to be pasted, by somebody who has nothing yet."""
    source = pathlib.Path(__file__).resolve().parents[2]
    block = re.search(r"```sh\n(tegula log init.*?)```", (source / "README.md").read_text(), re.S)
    home = bench.folder / "user"
    home.mkdir()
    write_model(home / "model.gguf", 1, 1)
    path = f"{os.environ['TEGULA_BIN']}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-e"],
        input="trap 'kill $!' EXIT\n" + block[1].replace("3000", str(bench.port)),
        cwd=home,
        env={"PATH": path, "HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    said = done.stdout + done.stderr
    check(done.returncode == 0 and done.stdout.count("in the log") == 3, said)
    check("does not count" not in said, said)


def rule(bench, mode, key=None, more=""):
    signer = f'signers = [{{ key = "{key or bench.key()}" }}]'
    return f'[[rules]]\nnames = ["m"]\nmode = "{mode}"\n{signer}\n{more}\n'


def test_policy_is_obeyed(bench):
    bench.make_log()
    bench.serve_log()
    bench.home.must("key", "create")
    run = ["run", "--estimate", "m"]
    bench.set_policy(bench.home, rule(bench, "enforce"))
    for command in (["verify", "m"], run):
        status, _, err = bench.home.run(*command)
        check(status == 4 and "it is not signed" in err, f"{command}: {status} {err}")
    bench.set_policy(bench.home, rule(bench, "warn"))
    status, out, err = bench.home.run("verify", "m")
    check(status == 0 and "warn: it is not signed" in out, out + err)
    _, _, err = bench.home.run(*run)
    check("it is not signed" in err, err)
    bench.home.must("sign", "m")
    bench.set_policy(bench.home, rule(bench, "enforce"))
    check(bench.home.json("verify", "m")["trust"]["holds"] is True, "the key's signature")
    other = bench.new_home()
    pem = other.must("key", "create")
    bench.set_policy(bench.home, rule(bench, "enforce", "".join(pem.splitlines()[1:-1])))
    for command in (["verify", "m"], run):
        status, _, err = bench.home.run(*command)
        check(status == 4 and "none of its signatures" in err, f"{command}: {err}")
    bench.set_policy(bench.home, "rules = 1\n")
    status, _, err = bench.home.run(*run)
    check(status == 2 and "policy.toml: line 1" in err, err)
    at = str(bench.home.path / "policy.toml")
    bench.set_policy(bench.home, rule(bench, "enforce", "AAAA"))
    status, _, err = bench.home.run(*run)
    check(status == 2 and f"{at}: line 4, column 14: key: " in err, err)
    for name, line in (("logs", 5), ("witnesses", 5)):
        bench.set_policy(bench.home, rule(bench, "enforce", more=f'{name} = ["x+y"]'))
        status, _, err = bench.home.run(*run)
        check(status == 2 and f"{at}: line {line}, column 1: {name}: " in err, err)
    bench.set_policy(bench.home, rule(bench, "enforce", more="witnesses_min = 3"))
    status, _, err = bench.home.run(*run)
    check(status == 2 and "witnesses_min: 3 are wanted, but 0 are listed" in err, err)


def make_witnessed_log(bench, port, url):
    """And its witness, which is being served; the witness's key."""
    witness = bench.folder / "witness"
    made = bench.home.json("witness", "init", "--name", "witness.example", witness)
    bench.make_log("--witness", f"{made['key']} {url}")
    (witness / "logs").write_text(f"log {log_key(bench)}\nquorum none\n")
    listen = f"127.0.0.1:{port}"
    bench.keep(Server(bench.home, "witness", "serve", "--listen", listen, witness))
    return made["key"]


def test_witnesses_count(bench):
    port = free_port()
    key = make_witnessed_log(bench, port, f"http://127.0.0.1:{port}")
    bench.serve_log()
    bench.home.must("sign", "m")
    witnesses = f'witnesses = ["{key}"]\nwitnesses_min = 1'
    bench.set_policy(bench.home, rule(bench, "enforce", more=witnesses))
    trust = bench.home.json("verify", "m")["trust"]
    seen = trust["signatures"][0]["entries"][0]["witnesses"]
    check([one["name"] for one in seen] == ["witness.example"], f"{trust}")


def test_witnesses_are_asked_through_the_proxy(bench):
    port = free_port()
    make_witnessed_log(bench, port, "http://witness.example")
    proxy = bench.keep(Forwarder({"witness.example": port}))
    bench.home.environment |= {"http_proxy": proxy.url, "no_proxy": "localhost"}
    bench.serve_log()
    signed = bench.home.json("sign", "m")
    check(outcomes(signed) == ALL_LOGGED, f"{signed}")
    check(set(proxy.seen) == {"witness.example"}, f"{proxy.seen}")


def log_key(bench):
    return re.search(r"^log (\S+)", (bench.log / "policy").read_text(), re.M).group(1)


def test_travels_with_the_model(bench):
    bench.make_log()
    bench.serve_log()
    bench.home.must("sign", "m")
    bench.home.must("cp", "m", "copy")
    check(len(bench.home.json("verify", "copy")["trust"]["signatures"]) == 3, "cp lost them")
    layout = bench.folder / "stick"
    bench.home.must("export", "--oci", layout, "m")
    other = bench.new_home()
    other.must("import", "--oci", layout, "--as", "m")
    (other.path / "trusted_root.json").write_bytes((bench.log / "trusted_root.json").read_bytes())
    bench.set_policy(other, rule(bench, "enforce"))
    trust = other.json("verify", "m")["trust"]
    check(trust["holds"] is True and len(trust["signatures"]) == 3, f"{trust}")
    (other.path / "trusted_root.json").unlink()
    status, _, err = other.run("verify", "m")
    check(status == 4, f"believed without a root: {err}")


def test_signers_are_pinned(bench):
    """The signer of a model that comes from elsewhere is the only one whose model has its name."""
    bench.make_log()
    bench.serve_log()
    bench.home.must("sign", "m")
    stick, forged = bench.folder / "stick", bench.folder / "forged"
    bench.home.must("export", "--oci", stick, "m")
    mine = bench.new_home()
    (mine.path / "trusted_root.json").write_bytes((bench.log / "trusted_root.json").read_bytes())
    status, _, err = mine.run("import", "--oci", stick, "--as", "m")
    check(status == 0 and "pinned in policy.toml: m runs only if" in err, err)
    check(bench.key() in (mine.path / "policy.toml").read_text(), "another key")
    check(mine.json("verify", "m")["trust"]["holds"] is True, "the first one")
    before = (mine.path / "policy.toml").read_text()
    _, _, err = mine.run("import", "--oci", stick, "--as", "m")
    check("pinned" not in err and (mine.path / "policy.toml").read_text() == before, err)
    other = bench.new_home()
    bench.believe(other)
    write_model(bench.folder / "other.gguf", 2, 1)
    other.must("build", "-t", "m", bench.folder / "other.gguf")
    other.must("export", "--oci", forged, "m")
    _, _, err = mine.run("import", "--oci", forged, "--as", "m")
    check("so it will not run" in err, err)
    status, _, err = mine.run("run", "--estimate", "m")
    check(status == 4 and "none of its signatures holds" in err, f"{status} {err}")
    status, _, err = mine.run("import", "--oci", forged, "--as", "n")
    check(status == 0 and "pinned in policy.toml: n runs only if" in err, err)


def renew_authority(bench):
    """Between two lives of the served log."""
    bench.servers.pop().close()
    bench.home.must("log", "renew-authority", bench.log)
    bench.serve_log()


def test_authorities_are_renewed(bench):
    """Old and new stamps hold by the new trusted root, new ones not by the old."""
    bench.make_log()
    bench.serve_log()
    bench.home.must("sign", "m")
    old_root = bench.folder / "old_root.json"
    old_root.write_bytes((bench.log / "trusted_root.json").read_bytes())
    renew_authority(bench)
    bench.believe(bench.home)
    bench.home.must("attest", "m", "--predicate", write(bench, "{}"), "--type", "a:b")
    trust = bench.home.json("verify", "m")["trust"]
    check(types_of(trust) == {SIGNATURE, FILES, PROVENANCE, "a:b"}, f"{trust}")
    check(all(one["times"] for one in trust["signatures"]), f"a stamp does not hold: {trust}")
    authorities = json.loads((bench.log / "trusted_root.json").read_text())["timestampAuthorities"]
    check(len(authorities) == 2, f"{authorities}")
    check(authorities[0]["validFor"]["end"] <= authorities[1]["validFor"]["start"], authorities)
    (bench.home.path / "trusted_root.json").write_bytes(old_root.read_bytes())
    trust = bench.home.json("verify", "m")["trust"]
    trust["signatures"] = [one for one in trust["signatures"] if not one["times"]]
    check(types_of(trust) == {"a:b"}, f"{trust}")


def test_monitor_picks_out_a_signer(bench):
    bench.make_log()
    bench.serve_log()
    key, news = bench.folder / "key.pub", bench.folder / "news"
    key.write_text(bench.home.must("key", "create"))
    other = bench.new_home()
    bench.believe(other)
    other.must("build", "-t", "o", bench.folder / "model.gguf")
    look = ["log", "monitor", "--state", bench.folder / "seen", "--signer", key]
    look += ["--command", f"echo $TEGULA_LOG $TEGULA_LOG_NEW >> {news}", bench.log]
    check(bench.home.json(*look)["entries"] == [], "entries of another key")
    check(not news.exists(), "the command ran without news")
    bench.home.must("sign", "m")
    seen = bench.home.json(*look)
    check([one["index"] for one in seen["entries"]] == [3, 4, 5], f"{seen}")
    check(news.read_text() == "localhost 3\n", news.read_text())
    found = bench.home.json("log", "history", "--signer", key, bench.log)["entries"]
    check([one["index"] for one in found] == [3, 4, 5], f"{found}")
    look[-2] = "exit 3"
    bench.home.must("attest", "m", "--predicate", write(bench, "{}"), "--type", "a:b")
    status, _, err = bench.home.run(*look)
    check(status != 0 and "ended with status 3" in err, err)
    look[-2] = "true"
    check(len(bench.home.json(*look)["entries"]) == 1, "forgotten though the command failed")


def write(bench, text):
    path = bench.folder / "predicate.json"
    path.write_text(text)
    return path


def test_keys_are_kept(bench):
    pem = bench.home.must("key", "create", "release")
    check(pem == bench.home.must("key", "show", "release"), "another key")
    listed = bench.home.json("key", "list")["keys"]
    check([one["name"] for one in listed] == ["release"], f"{listed}")
    status, _, err = bench.home.run("key", "create", "release")
    check(status == 1 and "already" in err, err)
    bench.home.refuses(3, "key", "show", "nobody")
    bench.home.refuses(2, "key", "show", "../x")
    bench.home.refuses(3, "sign", "m")
    file = bench.home.path / "keys/release.pem"
    file.chmod(0o644)
    status, _, err = bench.home.run("key", "show", "release")
    check(status == 5 and "others may read" in err, f"{status} {err}")


def test_changed_bundles_do_not_count(bench):
    """Each part of a bundle, changed alone, is refused by verify-bundle."""
    bench.make_log()
    bench.serve_log()
    bench.home.must("sign", "m")
    good = next(one for one in map(json.loads, bench.bundles(bench.home)) if is_about_model(one))
    key = bench.folder / "key.pub"
    key.write_text(bench.home.must("key", "show"))
    file = bench.folder / "b.sigstore.json"

    def verify(bundle, digest=bench.model):
        file.write_text(json.dumps(bundle))
        return bench.home.run("verify-bundle", "--bundle", file, "--key", key, digest)

    check(verify(good)[0] == 0, "the bundle itself")
    check(verify(good, "sha256:" + "0" * 64)[0] == 4, "another model")
    material = "verificationMaterial"
    entry = good[material]["tlogEntries"][0]
    stamp = good[material]["timestampVerificationData"]["rfc3161Timestamps"][0]
    places = [
        (good["dsseEnvelope"]["signatures"][0], "sig"),
        (good["dsseEnvelope"], "payload"),
        (entry, "canonicalizedBody"),
        (entry["inclusionProof"]["checkpoint"], "envelope"),
        (stamp, "signedTimestamp"),
    ]
    for holder, name in places:
        before = holder[name]
        if name == "envelope":
            holder[name] = before.replace("localhost", "localhos", 1)
        else:
            raw = bytearray(base64.b64decode(before))
            raw[len(raw) // 2] ^= 1
            holder[name] = base64.b64encode(raw).decode()
        status, _, err = verify(good)
        holder[name] = before
        if name == "signedTimestamp":
            check(status in (0, 4), f"{name}: {status} {err}")
        else:
            check(status == 4, f"{name} changed: exit {status} {err}")


def test_sigstore_js_agrees(bench):
    """Sigstore's own verifier takes what ours takes, and refuses what ours refuses."""
    program = node_program(pathlib.Path(__file__).parent / "sigstore_js/verify.mjs", bench.folder)
    if program is None:
        raise Skipped("Node 20 with npm's registry is needed")
    bench.make_log()
    bench.serve_log()
    bench.home.must("sign", "m")
    root = json.loads((bench.log / "trusted_root.json").read_text())
    other = bench.new_home()
    file, root_file, key = (bench.folder / name for name in ("b.json", "root.json", "key.pub"))

    def verdicts(bundle, trusted=root, pem=None, digest=bench.model):
        file.write_text(json.dumps(bundle))
        root_file.write_text(json.dumps(trusted))
        key.write_text(pem or bench.home.must("key", "show"))
        theirs = subprocess.run(
            ["node", program, file, root_file, key, digest], capture_output=True, text=True
        )
        ours = bench.home.run(
            "verify-bundle", "--bundle", file, "--key", key, "--trusted-root", root_file, digest
        )
        return theirs.returncode, ours[0], theirs.stderr + ours[2]

    bundles = [json.loads(text) for text in bench.bundles(bench.home)]
    check(len(bundles) == 3, f"{len(bundles)} bundles")
    bundles = [one for one in bundles if is_about_model(one)]
    for bundle in bundles:
        theirs, ours, err = verdicts(bundle)
        check((theirs, ours) == (0, 0), f"refused: sigstore-js {theirs}, ours {ours}: {err}")
    good = bundles[0]
    entry = good["verificationMaterial"]["tlogEntries"][0]
    unlogged = copy.deepcopy(good)
    unlogged["verificationMaterial"]["tlogEntries"] = []
    proof = copy.deepcopy(good)
    moved = proof["verificationMaterial"]["tlogEntries"][0]
    moved["logIndex"] = moved["inclusionProof"]["logIndex"] = str(int(entry["logIndex"]) ^ 1)
    resigned = copy.deepcopy(good)
    resigned["dsseEnvelope"]["signatures"] = bundles[1]["dsseEnvelope"]["signatures"]
    stranger = copy.deepcopy(root)
    stranger["tlogs"] = []
    cases = {
        "another model": {"bundle": good, "digest": "sha256:" + "0" * 64},
        "another key": {"bundle": good, "pem": other.must("key", "create")},
        "another root": {"bundle": good, "trusted": stranger},
        "no log": {"bundle": unlogged},
        "another place in the log": {"bundle": proof},
        "another signature": {"bundle": resigned},
    }
    for name, case in cases.items():
        theirs, ours, err = verdicts(**case)
        check(theirs != 0 and ours == 4, f"{name}: sigstore-js {theirs}, ours {ours}: {err}")
    renew_authority(bench)
    bench.believe(bench.home)
    renewed = json.loads((bench.log / "trusted_root.json").read_text())
    bench.home.must("attest", "m", "--predicate", write(bench, "{}"), "--type", "a:b")
    after = next(one for one in map(json.loads, bench.bundles(bench.home)) if is_of(one, "a:b"))
    for name, bundle in {"before": good, "after": after}.items():
        theirs, ours, err = verdicts(bundle, renewed)
        check((theirs, ours) == (0, 0), f"{name} renewal: sigstore-js {theirs}, ours {ours}: {err}")
    theirs, _, err = verdicts(after, root)
    check(theirs != 0, f"a stamp of an authority that the root does not have: {err}")


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}


def main():
    failed = 0
    for name, test in TESTS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            bench = Bench(pathlib.Path(folder))
            try:
                test(bench)
                print(f"ok {name} ({time.monotonic() - begun:.1f} s)")
            except Skipped as why:
                print(f"skipped {name}: {why}")
            except (Failed, subprocess.TimeoutExpired) as problem:
                failed += 1
                print(f"FAILED {name}: {problem}")
            finally:
                bench.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
