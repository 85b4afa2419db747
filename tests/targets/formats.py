"""GGUF, safetensors and MLX's quantised tensors, read as they are defined, without our code."""
import json
import math
import struct

import numpy

# --- numbers ---


def bf16(values):
    """Floats as the 16 bits of bfloat16, to nearest even."""
    bits = numpy.ascontiguousarray(values, numpy.float32).view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def from_bf16(bits):
    return (bits.astype(numpy.uint32) << 16).view(numpy.float32)


# --- safetensors ---

DTYPES = {"F32": numpy.float32, "F16": numpy.float16, "BF16": numpy.uint16, "U32": numpy.uint32}


def write_safetensors(path, tensors):
    """tensors: name -> (dtype, array of the bits that are stored)."""
    header, at = {}, 0
    for name, (dtype, array) in tensors.items():
        spot = [at, at + array.nbytes]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": spot}
        at = spot[1]
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, array in tensors.values():
            file.write(array.tobytes())


class Safetensors:
    """The tensors of one file; their bytes stay on the disk until they are asked for."""

    def __init__(self, path):
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            self.tensors = json.loads(file.read(length))
        self.metadata = self.tensors.pop("__metadata__", {})
        self.data = numpy.memmap(path, numpy.uint8, "r", 8 + length)

    def __contains__(self, name):
        return name in self.tensors

    def dtype(self, name):
        return self.tensors[name]["dtype"]

    def shape(self, name):
        return tuple(self.tensors[name]["shape"])

    def bits(self, name):
        one = self.tensors[name]
        begin, end = one["data_offsets"]
        return self.data[begin:end].view(DTYPES[one["dtype"]]).reshape(one["shape"])

    def floats(self, name, rows=slice(None)):
        bits = self.bits(name)[rows]
        return from_bf16(bits) if self.dtype(name) == "BF16" else bits.astype(numpy.float32)


# --- MLX ---


def mlx_codes(words, bits):
    """Code i of a row is `bits` bits from bit i * bits of its stream, its lowest bit first."""
    stream = numpy.unpackbits(words.view(numpy.uint8), axis=1, bitorder="little")
    codes = numpy.packbits(stream.reshape(-1, bits), axis=1, bitorder="little")
    return codes.reshape(len(words), -1)


def mlx_dequantise(codes, scales, biases, group):
    groups = codes.reshape(len(codes), -1, group).astype(numpy.float32)
    return (groups * scales[..., None] + biases[..., None]).reshape(codes.shape)


# --- GGUF ---

NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?"}
NUMBERS |= {10: "Q", 11: "q", 12: "d"}
TEXT, ARRAY = 8, 9
GGML = {  # number -> (name, elements of a block, bytes of it)
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    6: ("Q5_0", 32, 22),
    8: ("Q8_0", 32, 34),
    12: ("Q4_K", 256, 144),
    14: ("Q6_K", 256, 210),
    26: ("I32", 1, 4),
    30: ("BF16", 1, 2),
}


class Gguf:
    """Metadata and tensors of a file. Texts of the metadata are bytes: they may be no UTF-8."""

    def __init__(self, path):
        self.data = numpy.memmap(path, numpy.uint8, "r")
        self.raw = memoryview(self.data)
        self.at = 4
        version, tensors, keys = self.unpack("<IQQ")
        assert bytes(self.raw[:4]) == b"GGUF" and version == 3, path
        self.metadata = {}
        for _ in range(keys):
            key = self.text().decode()
            self.metadata[key] = self.value(self.unpack("<I")[0])
        self.tensors = {}
        for _ in range(tensors):
            name = self.text().decode()
            shape = self.unpack(f"<{self.unpack('<I')[0]}Q")
            number, offset = self.unpack("<IQ")
            self.tensors[name] = (GGML[number], shape[::-1], offset)
        alignment = self.metadata.get("general.alignment", 32)
        self.begin = -(-self.at // alignment) * alignment

    def unpack(self, form):
        out = struct.unpack_from(form, self.raw, self.at)
        self.at += struct.calcsize(form)
        return out

    def text(self):
        (length,) = self.unpack("<Q")
        self.at += length
        return bytes(self.raw[self.at - length : self.at])

    def value(self, kind):
        if kind == TEXT:
            return self.text()
        if kind != ARRAY:
            return self.unpack("<" + NUMBERS[kind])[0]
        kind, count = self.unpack("<IQ")
        if kind in NUMBERS:
            return list(self.unpack(f"<{count}{NUMBERS[kind]}"))
        return [self.value(kind) for _ in range(count)]

    def type(self, name):
        return self.tensors[name][0][0]

    def bytes(self, name):
        (_, elements, size), shape, offset = self.tensors[name]
        begin = self.begin + offset
        return self.data[begin : begin + math.prod(shape) // elements * size]

    def floats(self, name, rows=slice(None)):
        (kind, elements, size), shape, _ = self.tensors[name]
        blocks = self.bytes(name).reshape(*shape[:-1], shape[-1] // elements, size)[rows]
        return DEQUANTISERS[kind](blocks.reshape(-1, size)).reshape(-1, *shape[1:])


def half(blocks, at):
    """The float16 at a byte of each block, as a column."""
    return numpy.ascontiguousarray(blocks[:, at : at + 2]).view(numpy.float16).astype(numpy.float32)


def q4_0(blocks):
    codes = numpy.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return half(blocks, 0) * (codes.astype(numpy.float32) - 8)


def q5_0(blocks):
    """The fifth bits lie apart, in the order of the codes."""
    low = numpy.concatenate([blocks[:, 6:] & 15, blocks[:, 6:] >> 4], axis=1)
    fifth = numpy.unpackbits(blocks[:, 2:6], axis=1, bitorder="little")
    return half(blocks, 0) * ((low | fifth << 4).astype(numpy.float32) - 16)


def q8_0(blocks):
    return half(blocks, 0) * blocks[:, 2:].view(numpy.int8).astype(numpy.float32)


def q4_k(blocks):
    """8 groups of 32: scale and minimum of 6 bits each, times two halves of the block."""
    packed = blocks[:, 4:16]
    low, high, mixed = packed[:, 0:4], packed[:, 4:8], packed[:, 8:12]
    scales = numpy.concatenate([low & 63, (mixed & 15) | (low >> 6 << 4)], axis=1)
    minima = numpy.concatenate([high & 63, (mixed >> 4) | (high >> 6 << 4)], axis=1)
    nibbles = blocks[:, 16:].reshape(-1, 4, 1, 32)
    codes = numpy.concatenate([nibbles & 15, nibbles >> 4], axis=2).reshape(-1, 8, 32)
    factor = (half(blocks, 0) * scales)[..., None]
    return (factor * codes - (half(blocks, 2) * minima)[..., None]).reshape(-1, 256)


def q6_k(blocks):
    """16 groups of 16 codes, whose upper two bits lie apart."""
    low = blocks[:, :128].reshape(-1, 2, 1, 64)
    low = numpy.concatenate([low & 15, low >> 4], axis=2).reshape(-1, 2, 4, 32)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32)
    high = numpy.concatenate([high >> shift & 3 for shift in (0, 2, 4, 6)], axis=2)
    codes = (low | high << 4).astype(numpy.float32).reshape(-1, 16, 16) - 32
    scales = blocks[:, 192:208].view(numpy.int8).astype(numpy.float32)
    return ((half(blocks, 208) * scales)[..., None] * codes).reshape(-1, 256)


DEQUANTISERS = {
    "F32": lambda blocks: blocks.view(numpy.float32),
    "F16": lambda blocks: blocks.view(numpy.float16).astype(numpy.float32),
    "BF16": lambda blocks: from_bf16(blocks.view(numpy.uint16)),
    "I32": lambda blocks: blocks.view(numpy.int32),
    "Q4_0": q4_0,
    "Q5_0": q5_0,
    "Q8_0": q8_0,
    "Q4_K": q4_k,
    "Q6_K": q6_k,
}
