#!/usr/bin/env python3
"""Checks the manifests and configs we emit (tests/golden/manifest/) against the published schemas
in TEGULA_VECTORS/modelpack, every file of which is read. Nothing is fetched: references between the
schemas are resolved in that folder, by file name.

The unit tests hold the golden files byte for byte to what `encode` writes."""
import copy
import json
import os
import pathlib
import re
import sys
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)
import jsonschema  # noqa: E402

SOURCE = pathlib.Path(os.environ["TEGULA_SOURCE_DIR"])
FOLDER = pathlib.Path(os.environ["TEGULA_VECTORS"]) / "modelpack"
GOLDEN = SOURCE / "tests" / "golden" / "manifest"
MANIFEST = "image-manifest-schema.json"

STRING = {"type": "string"}
STRINGS = {"type": "array", "items": STRING}
DATE = {"type": "string", "format": "date-time"}
FLAG = {"type": "boolean"}
MODALITIES = {
    "type": "array",
    "items": {"enum": ["text", "image", "audio", "video", "embedding", "other"]},
}


def closed(required, **members):
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": members,
        "required": required,
        "additionalProperties": False,
    }


# The CNCF ModelPack config as docs/reference/manifest.md states it.
MODEL_CONFIG = closed(
    ["descriptor", "config", "modelfs"],
    descriptor=closed(
        [],
        name={"type": "string", "minLength": 1},
        createdAt=DATE,
        authors=STRINGS,
        licenses=STRINGS,
        datasetsURL=STRINGS,
        **{
            name: STRING
            for name in "vendor family version title description docURL sourceURL revision".split()
        },
    ),
    config=closed(
        [],
        capabilities=closed(
            [],
            inputTypes=MODALITIES,
            outputTypes=MODALITIES,
            knowledgeCutoff=DATE,
            reasoning=FLAG,
            toolUsage=FLAG,
            reward=FLAG,
            languages={"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2}$"}},
        ),
        **{name: STRING for name in "architecture format paramSize precision quantization".split()},
    ),
    modelfs=closed(
        ["type", "diffIds"],
        type={"enum": ["layers"]},
        diffIds={"type": "array", "items": STRING, "minItems": 1},
    ),
)


class Schemas:
    """Every schema of the folder, each valid in itself."""

    def __init__(self):
        self.texts = {p.name: json.loads(p.read_text()) for p in sorted(FOLDER.iterdir())}
        self.used = set()
        for name, schema in self.texts.items():
            jsonschema.validators.validator_for(schema).check_schema(schema)
            print(f"read {name}")

    def by_url(self, url):
        name = url.split("#")[0].rsplit("/", 1)[-1]
        self.used.add(name)
        return self.texts[name]

    def faults(self, name, document, schema=None):
        """What the schema has against the document; [] if nothing."""
        schemas = self

        class Local(jsonschema.RefResolver):
            def resolve_remote(self, uri):
                return schemas.by_url(uri)

        if schema is None:
            schema = self.by_url(name)
        base = schema.get("id", schema.get("$id", ""))
        kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
        validator = kind(
            schema, resolver=Local(base, schema), format_checker=jsonschema.FormatChecker()
        )
        return [error.message for error in validator.iter_errors(document)]


def changed(document, change):
    document = copy.deepcopy(document)
    change(document)
    return document


BROKEN_MANIFESTS = {
    "no config": lambda m: m.pop("config"),
    "no layers": lambda m: m.pop("layers"),
    "empty layers": lambda m: m.update(layers=[]),
    "version 1": lambda m: m.update(schemaVersion=1),
    "bad media type": lambda m: m.update(mediaType="no media type"),
    "no digest": lambda m: m["layers"][0].pop("digest"),
    "bad digest": lambda m: m["layers"][0].update(digest="sha256"),
    "size text": lambda m: m["config"].update(size="12"),
    "negative size": lambda m: m["config"].update(size=-1),
    "annotation number": lambda m: m["annotations"].update(x=1),
}
BROKEN_CONFIGS = {
    "own member": lambda c: c.update(x=1),
    "own descriptor member": lambda c: c["descriptor"].update(x=1),
    "own config member": lambda c: c["config"].update(x=1),
    "number": lambda c: c["descriptor"].update(name=3),
    "empty name": lambda c: c["descriptor"].update(name=""),
    "no layers": lambda c: c["modelfs"].update(diffIds=[]),
    "other type": lambda c: c["modelfs"].update(type="tar"),
    "language": lambda c: c["config"]["capabilities"].update(languages=["eng"]),
    "modality": lambda c: c["config"]["capabilities"].update(inputTypes=["smell"]),
}


def check_manifests(schemas, expect):
    for path in sorted(GOLDEN.glob("modelpack*.json")):
        manifest = json.loads(path.read_text())
        expect(path.name, schemas.faults(MANIFEST, manifest), good=True)
        for blob in [manifest["config"], *manifest["layers"]]:
            faults = schemas.faults("content-descriptor.json", blob)
            expect(f"{path.name}: {blob['digest']}", faults, good=True)
        for name, change in BROKEN_MANIFESTS.items():
            broken = changed(manifest, change)
            expect(f"{path.name}: {name}", schemas.faults(MANIFEST, broken), good=False)
        # A manifest is neither an index nor a layout.
        for other in ("image-index-schema.json", "image-layout-schema.json"):
            expect(f"{path.name} as {other}", schemas.faults(other, manifest), good=False)


def check_configs(schemas, expect):
    name = "config-schema.json"
    published = schemas.by_url(name)
    is_cncf = "modelfs" in published.get("properties", {})
    for path in sorted(GOLDEN.glob("config*.json")):
        config = json.loads(path.read_text())
        expect(path.name, schemas.faults("", config, MODEL_CONFIG), good=True)
        # The folder's schema may be the one of OCI images, which a model config is not.
        expect(f"{path.name} as {name}", schemas.faults(name, config), good=is_cncf)
        for fault, change in BROKEN_CONFIGS.items():
            broken = changed(config, change)
            expect(f"{path.name}: {fault}", schemas.faults("", broken, MODEL_CONFIG), good=False)
            expect(f"{path.name} as {name}: {fault}", schemas.faults(name, broken), good=False)


def check_digests(schemas, expect):
    definition = schemas.by_url("defs-descriptor.json")["definitions"]["digest"]
    text = (GOLDEN / "modelpack.json").read_text()
    for digest in re.findall(r'"digest":"([^"]*)"', text):
        expect(digest, schemas.faults("", digest, definition), good=True)


def main():
    failures = []
    checks = 0

    def expect(what, faults, good):
        nonlocal checks
        checks += 1
        if good and faults:
            failures.append(f"{what}: {faults[0]}")
        if not good and not faults:
            failures.append(f"{what}: was not refused")

    schemas = Schemas()
    check_manifests(schemas, expect)
    check_configs(schemas, expect)
    check_digests(schemas, expect)
    idle = [name for name in schemas.texts if name not in schemas.used]
    failures += [f"{name}: read, and used by nothing" for name in idle]
    for failure in failures:
        print(f"modelpack_schemas.py: error: {failure}", file=sys.stderr)
    print(f"{len(schemas.texts)} schemas, {checks} checks, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
