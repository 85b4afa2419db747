// verify.mjs BUNDLE TRUSTED_ROOT KEY.pub DIGEST: exits with 0 if @sigstore/verify takes the bundle by
// this key, in one log and with one timestamp, and its statement is about the digest.
import { createHash, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { Verifier, toSignedEntity, toTrustMaterial } from "@sigstore/verify";

const [bundleFile, rootFile, keyFile, digest] = process.argv.slice(2);
const json = (file) => JSON.parse(readFileSync(file, "utf8"));

const publicKey = createPublicKey(readFileSync(keyFile, "utf8"));
const hint = createHash("sha256")
  .update(publicKey.export({ type: "spki", format: "der" }))
  .digest("base64");
const findKey = (wanted) => {
  if (wanted !== hint) throw new Error(`no key ${wanted}`);
  return { publicKey, validFor: () => true };
};

try {
  const bundle = bundleFromJSON(json(bundleFile));
  const trust = toTrustMaterial(TrustedRoot.fromJSON(json(rootFile)), findKey);
  const thresholds = { ctlogThreshold: 0, tlogThreshold: 1, timestampThreshold: 1 };
  new Verifier(trust, thresholds).verify(toSignedEntity(bundle));
  const statement = JSON.parse(bundle.content.dsseEnvelope.payload.toString("utf8"));
  if (!statement.subject.some((one) => `sha256:${one.digest.sha256}` === digest))
    throw new Error(`the statement is not about ${digest}`);
} catch (error) {
  console.error(error.message);
  process.exit(4);
}
