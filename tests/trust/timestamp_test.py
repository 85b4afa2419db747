#!/usr/bin/env python3
"""The timestamp authority of a served log, asked and checked by OpenSSL's own programs.

Skipped (exit 77) where there is no openssl program.
"""
import base64
import http.client
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "crash"))
from programs import SECONDS_MAX, SKIPPED, Failed, Home, Server, check  # noqa: E402

PATH = "/api/v1/timestamp"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class ServedLog(Server):
    def __init__(self, home, folder):
        super().__init__(home, "log", "serve", folder, "--listen", "127.0.0.1:0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def post(self, body, media_type=QUERY):
        """(status, type, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        connection.request("POST", PATH, body, {"Content-Type": media_type})
        reply = connection.getresponse()
        out = reply.status, reply.getheader("Content-Type"), reply.read()
        connection.close()
        return out


class OpenSsl:
    """The program, at work in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, *words):
        return subprocess.run(
            ["openssl", *map(str, words)], cwd=self.folder, capture_output=True, timeout=SECONDS_MAX
        )

    def must(self, *words):
        done = self(*words)
        check(done.returncode == 0, f"openssl {' '.join(map(str, words))}: {done.stderr.decode()}")
        return done.stdout

    def query(self, *words):
        self.must("ts", "-query", *words, "-out", "query")
        return (self.folder / "query").read_bytes()

    def verifies(self, *words):
        """Whether `reply` holds below the root."""
        done = self("ts", "-verify", *words, "-in", "reply", "-CAfile", "root.pem")
        return done.returncode == 0 and b"Verification: OK" in done.stdout


def write_chain(folder, trusted_root):
    """leaf.pem and root.pem, from what verifiers are given of the newest authority."""
    authority = json.loads(trusted_root.read_text())["timestampAuthorities"][-1]
    certificates = [one["rawBytes"] for one in authority["certChain"]["certificates"]]
    check(len(certificates) == 2, f"{len(certificates)} certificates")
    for name, text in zip(("leaf", "root"), certificates):
        der = base64.b64encode(base64.b64decode(text)).decode()
        lines = [der[at : at + 64] for at in range(0, len(der), 64)]
        pem = ["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]
        (folder / f"{name}.pem").write_text("\n".join(pem))


def check_stamps(openssl, server, folder):
    for words in (
        ["-data", "file", "-sha256", "-cert"],
        ["-data", "file", "-sha384", "-cert"],
        ["-data", "file", "-sha512", "-cert", "-no_nonce"],
        ["-data", "file", "-sha256", "-cert", "-tspolicy", "1.3.6.1.4.1.32473.3161.1"],
    ):
        status, media_type, body = server.post(openssl.query(*words))
        check((status, media_type) == (201, REPLY), f"{words}: {status} {media_type}: {body}")
        (folder / "reply").write_bytes(body)
        check(openssl.verifies("-queryfile", "query"), f"{words}: does not answer its query")
        check(openssl.verifies("-data", "file"), f"{words}: is not over the file")
        check(not openssl.verifies("-data", "other"), f"{words}: is over another file too")
        openssl.query("-data", "file", "-sha256", "-cert")
        check(not openssl.verifies("-queryfile", "query"), f"{words}: answers another query")


def check_bare_stamp(openssl, server, folder):
    """Without the certificate in it, which everybody has from the trusted root."""
    _, _, body = server.post(openssl.query("-data", "file", "-sha256"))
    (folder / "reply").write_bytes(body)
    check(not openssl.verifies("-data", "file"), "the certificate came unasked")
    check(openssl.verifies("-data", "file", "-untrusted", "leaf.pem"), "the bare stamp is bad")


def check_refusals(openssl, server, folder):
    for words, want in (
        (["-data", "file", "-sha1"], b"unrecognized or unsupported algorithm"),
        (["-data", "file", "-sha256", "-tspolicy", "1.2.3.4"], b"policy is not supported"),
    ):
        status, media_type, body = server.post(openssl.query(*words))
        check((status, media_type) == (200, REPLY), f"{words}: {status} {media_type}")
        (folder / "reply").write_bytes(body)
        text = openssl.must("ts", "-reply", "-in", "reply", "-text")
        check(b"Status: Rejected" in text and want in text, f"{words}: {text.decode()}")
        check(not openssl.verifies("-data", "file"), f"{words}: a refusal verifies")
    good = openssl.query("-data", "file", "-sha256")
    for body, media_type, want in (
        (good, "application/octet-stream", 415),
        (good[:-1], QUERY, 400),
        (good + b"\0", QUERY, 400),
        (b"", QUERY, 400),
        (bytes(65_537), QUERY, 413),
    ):
        status, _, _ = server.post(body, media_type)
        check(status == want, f"{media_type}, {len(body)} bytes: {status}, want {want}")


def check_key(openssl, log):
    """The one key that there is belongs to the signer; nobody has the root's."""
    names = sorted(path.name for path in (log / "timestamp").iterdir())
    check(names == ["chain.pem", "key.pem"], f"more than key and chain: {names}")
    own = openssl.must("pkey", "-in", log / "timestamp/key.pem", "-pubout")
    leaf = openssl.must("x509", "-in", "leaf.pem", "-noout", "-pubkey")
    root = openssl.must("x509", "-in", "root.pem", "-noout", "-pubkey")
    check(own == leaf and own != root, "the key is not the signer's")
    rules = ["-x509_strict", "-purpose", "timestampsign", "-CAfile", "root.pem"]
    openssl.must("verify", *rules, "leaf.pem")


def shorten(openssl, log, days):
    """Another chain for the log's key, that ends soon."""
    key, chain = log / "timestamp/key.pem", log / "timestamp/chain.pem"
    (openssl.folder / "leaf.cnf").write_text(
        "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
    )
    name = "/O=log.test/CN=timestamp"
    openssl.must("req", "-new", "-key", key, "-subj", f"{name} authority", "-out", "leaf.csr")
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-addext", "keyUsage=critical,keyCertSign", "-days", "3650", "-keyout", "ca.key"]
    openssl.must("req", "-x509", "-subj", f"{name} root", *words, "-out", "ca.pem")
    words = ["-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "1", "-extfile", "leaf.cnf"]
    openssl.must("x509", "-req", "-in", "leaf.csr", "-days", days, *words, "-out", "short.pem")
    pems = [(openssl.folder / one).read_text() for one in ("short.pem", "ca.pem")]
    chain.write_text("".join(pems))


def said_while_served(home, log):
    return ServedLog(home, log).close()


def check_renewal(openssl, home, folder):
    """The end of a certificate is said in time; after a renewal there is another signer."""
    log = folder / "log"
    check("renew" not in said_while_served(home, log), "a new certificate is said to end")
    for days, want in ((40, None), (12, "ends in 11 days"), (0, "ends in 0 days|has ended")):
        shorten(openssl, log, days)
        said = said_while_served(home, log)
        if want is None:
            check("renew" not in said, f"{days} days: {said!r}")
        else:
            check(re.search(want, said) and "renew-authority" in said, f"{days} days: {said!r}")
    with ServedLog(home, log):
        home.refuses(5, "log", "renew-authority", log)
    home.must("log", "renew-authority", log)
    check("renew" not in said_while_served(home, log), "the new certificate is said to end")
    old = (folder / "leaf.pem").read_text()
    write_chain(folder, log / "trusted_root.json")
    check(old != (folder / "leaf.pem").read_text(), "the certificate is the old one")
    check_key(openssl, log)
    with ServedLog(home, log) as server:
        check_stamps(openssl, server, folder)


def check_first(openssl, home, folder):
    """A log that was made without an authority gets one."""
    log = folder / "bare"
    home.must("log", "init", "--origin", "log.test", "--no-timestamps", log)
    with ServedLog(home, log) as server:
        status, _, _ = server.post(openssl.query("-data", "file", "-sha256"))
        check(status in (404, 405), f"a log without authority answers {status}")
    made = home.json("log", "renew-authority", log)
    check((made["origin"], made["first"]) == ("log.test", True), f"{made}")
    write_chain(folder, log / "trusted_root.json")
    with ServedLog(home, log) as server:
        check_stamps(openssl, server, folder)


def main():
    if shutil.which("openssl") is None:
        print("skipped: no openssl")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "file").write_text("what somebody signed")
        (folder / "other").write_text("what nobody signed")
        home, openssl = Home(folder), OpenSsl(folder)
        home.must("log", "init", "--origin", "log.test", folder / "log")
        write_chain(folder, folder / "log/trusted_root.json")
        check_key(openssl, folder / "log")
        with ServedLog(home, folder / "log") as server:
            check_stamps(openssl, server, folder)
            check_bare_stamp(openssl, server, folder)
            check_refusals(openssl, server, folder)
        check_renewal(openssl, home, folder)
        check_first(openssl, home, folder)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as error:
        sys.exit(f"failed: {error}")
