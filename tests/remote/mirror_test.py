#!/usr/bin/env python3
"""Pulls through mirrors: good ones, and ones that are down, empty, curious or lying.

  mirror_test.py [--mebibytes N] [TEST…]    as bench.py says
"""
import json
import sys

import servers
from bench import PULLED, check, main, sha256, write_model


def configure(home, host, *mirrors):
    line = f"{json.dumps(host)} = {json.dumps(mirrors)}"
    (home.path / "config.toml").write_text(f"[mirrors]\n{line}\n")


def test_mirrors_of_a_registry(bench):
    """Blobs come from mirrors in order; one that is down, lacks them or lies costs a note."""
    origin, digest, weights = bench.pushed()
    mirror = bench.keep(servers.DockerRegistry(bench.place("mirror")))
    empty = bench.keep(servers.DockerRegistry(bench.place("empty")))
    source, _, _ = bench.built()
    source.must("push", PULLED, f"{mirror.host}/{PULLED}:other")
    liar, good = bench.keep(servers.Proxy(mirror.port)), bench.keep(servers.Proxy(mirror.port))
    liar.spoil = lambda blob, first, body: bytes([body[0] ^ 1]) + body[1:]
    down = f"http://127.0.0.1:{servers.free_port()}"
    name = f"{origin.host}/{PULLED}:v1"

    home = bench.home()
    configure(home, origin.host, down, f"http://{empty.host}", good.url)
    status, out, err = home.run("pull", name)
    check(status == 0, f"exit {status}: {err}")
    for mirror_down in (down, empty.host):
        check(mirror_down in err, f"{mirror_down} is not named: {err}")
    check(good.url not in err, f"the good one is blamed: {err}")
    check(weights in [seen[0] for seen in good.seen], "the mirror was not asked")
    check(weights not in [seen[0] for seen in origin.seen], "the origin sent what a mirror had")
    home.must("store", "verify")

    home = bench.home()
    configure(home, origin.host, liar.url)
    status, out, err = home.run("pull", name)
    check(status == 0 and liar.url in err, f"exit {status}: {err}")
    check(digest in out, f"another digest: {out}")
    home.must("store", "verify")


def test_a_mirror_is_given_its_own_password_only(bench):
    registry = bench.keep(servers.DockerRegistry(bench.place("registry"), {"ann": "p:w"}))
    file = bench.place("auth.json")
    file.write_text(json.dumps({"auths": {registry.host: {"username": "ann", "password": "p:w"}}}))
    home, digest, _ = bench.built()
    home.environment["REGISTRY_AUTH_FILE"] = str(file)
    name = f"{registry.host}/{PULLED}:v1"
    home.must("push", PULLED, name)
    spy = bench.keep(servers.Refuser())
    other = bench.home()
    other.environment["REGISTRY_AUTH_FILE"] = str(file)
    configure(other, registry.host, spy.url)
    check(other.json("pull", name)["digest"] == digest, "another digest")
    check(spy.seen and not any(authorization for _, authorization in spy.seen), f"{spy.seen}")
    check(all("ns=" in path for path, _ in spy.seen), f"not told whose name: {spy.seen}")


def test_a_name_with_a_digest_needs_no_origin(bench):
    mirror = bench.keep(servers.DockerRegistry(bench.place("mirror")))
    home, digest, _ = bench.built()
    home.must("push", PULLED, f"{mirror.host}/{PULLED}:v1")
    gone = f"127.0.0.1:{servers.free_port()}"
    other = bench.home()
    configure(other, gone, f"http://{mirror.host}")
    check(other.json("pull", f"{gone}/{PULLED}:v1@{digest}")["digest"] == digest, "another digest")
    other.must("verify", f"{gone}/{PULLED}:v1")
    other.refuses(5, gone, "pull", f"{gone}/{PULLED}:v2")  # what v2 is, only the origin says


def test_mirrors_of_a_hub(bench):
    """The hub says what the file is; a mirror sends it, gets no token, and may not lie."""
    other = bench.place("other").with_suffix(".gguf")
    write_model(other, 2, 1)
    hub = bench.keep(servers.Hub({"Org/Repo": {"m.gguf": bench.model}}, token="secret"))
    mirror = bench.keep(servers.Hub({"Org/Repo": {"m.gguf": bench.model}}))
    liar = bench.keep(servers.Hub({"Org/Repo": {"m.gguf": other}}))
    for mirrors, blamed in (([mirror.url], []), ([liar.url, mirror.url], [liar.url]),
                            ([liar.url], [liar.url])):
        home = bench.home()
        home.environment |= {"HF_ENDPOINT": hub.url, "HF_TOKEN": "secret"}
        configure(home, "hf.co", *mirrors)
        asked = len(hub.storage.seen)
        status, out, err = home.run("pull", "hf.co/Org/Repo")
        check(status == 0, f"exit {status}: {err}")
        check(all(url in err for url in blamed), f"not named: {err}")
        if mirror.url in mirrors:
            check(len(hub.storage.seen) == asked, "the hub sent what the mirror has")
        home.must("store", "verify")
    check(all(seen[1] is None for seen in mirror.seen + liar.seen), "a mirror got the token")
    check(mirror.storage.seen, "the mirror was not asked")


def test_mirrors_of_a_web_server(bench):
    nginx = bench.keep(servers.Nginx(bench.place("nginx"), bench.folder))
    home = bench.home()
    gone = servers.free_port()
    configure(home, f"127.0.0.1:{gone}", f"http://127.0.0.1:{nginx.port}")
    address = f"http://127.0.0.1:{gone}/{bench.model.name}@{sha256(bench.model)}"
    home.must("pull", address, "--as", "big")
    home.must("verify", "big")
    configure(home, f"127.0.0.1:{gone}", "http://mirror.test")
    home.refuses(4, "not encrypted", "pull", address, "--as", "big")


TESTS = {name: test for name, test in list(globals().items()) if name.startswith("test_")}

if __name__ == "__main__":
    sys.exit(main(TESTS))
