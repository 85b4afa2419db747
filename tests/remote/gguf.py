"""As much of GGUF version 3 as it takes to cut a file into parts."""
import struct

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
TEXT, ARRAY = 8, 9
ALIGNMENT = 32


def padded(data):
    return data + bytes(-len(data) % ALIGNMENT)


def text(value):
    return struct.pack("<Q", len(value)) + value


def value(key, kind, code, number):
    return text(key) + struct.pack(f"<I{code}", kind, number)


class Header:
    """The metadata of a file, and where its tensors lie."""

    def __init__(self, data):
        self.data, self.at = data, 4
        _, tensors, values = self.read("IQQ")
        begun = self.at
        for _ in range(values):
            self.skip(self.read("Q")[0])
            self.skip_value(self.read("I")[0])
        self.values, self.count = data[begun : self.at], values
        self.tensors = [self.tensor() for _ in range(tensors)]
        start = self.at + -self.at % ALIGNMENT
        ends = [offset for _, offset in self.tensors[1:]] + [len(data) - start]
        self.places = [(start + o, start + e) for (_, o), e in zip(self.tensors, ends)]

    def read(self, codes):
        out = struct.unpack_from("<" + codes, self.data, self.at)
        self.at += struct.calcsize("<" + codes)
        return out

    def skip(self, size):
        self.at += size

    def skip_value(self, kind):
        if kind == TEXT:
            self.skip(self.read("Q")[0])
        elif kind == ARRAY:
            item, count = self.read("IQ")
            for _ in range(count if item in (TEXT, ARRAY) else 0):
                self.skip_value(item)
            self.skip(0 if item in (TEXT, ARRAY) else count * SIZES[item])
        else:
            self.skip(SIZES[kind])

    def tensor(self):
        """Its description without the offset, and the offset."""
        begun = self.at
        self.skip(self.read("Q")[0])
        self.skip(8 * self.read("I")[0] + 4)
        return self.data[begun : self.at], self.read("Q")[0]

    def part(self, data, first, end, number, count):
        """A file of the tensors [first, end); the first part has the metadata."""
        split = value(b"split.no", 2, "H", number) + value(b"split.count", 2, "H", count)
        split += value(b"split.tensors.count", 5, "i", len(self.tensors))
        values, known = (self.values, self.count) if number == 0 else (b"", 0)
        out = b"GGUF" + struct.pack("<IQQ", 3, end - first, known + 3) + values + split
        body = b""
        for index in range(first, end):
            begun, over = self.places[index]
            out += self.tensors[index][0] + struct.pack("<Q", len(body))
            body += padded(data[begun:over])
        return padded(out) + body
