"""Where the tensors of a GGUF file lie: enough to compare two files whose tensors are in another
order."""
import hashlib
import struct

TEXT, ARRAY = 8, 9
WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
ALIGNMENT = 32


class Reader:
    def __init__(self, file):
        self.file = file

    def number(self, form):
        return struct.unpack("<" + form, self.file.read(struct.calcsize("<" + form)))[0]

    def text(self):
        return self.file.read(self.number("Q")).decode()

    def skip_value(self, kind):
        if kind == TEXT:
            self.text()
        elif kind == ARRAY:
            element, count = self.number("I"), self.number("Q")
            for _ in range(count):
                self.skip_value(element)
        else:
            self.file.read(WIDTHS[kind])

    def tensor(self):
        name = self.text()
        shape = tuple(self.number("Q") for _ in range(self.number("I")))
        return self.number("I"), shape, self.number("Q"), name


def tensors(path):
    """{name: (type, shape, SHA-256 of its bytes)}"""
    with path.open("rb") as file:
        reader = Reader(file)
        file.seek(8)
        count, values = reader.number("Q"), reader.number("Q")
        for _ in range(values):
            reader.text()
            reader.skip_value(reader.number("I"))
        found = sorted((reader.tensor() for _ in range(count)), key=lambda each: each[2])
        start = -(-file.tell() // ALIGNMENT) * ALIGNMENT
        ends = [each[2] for each in found[1:]] + [path.stat().st_size - start]
        out = {}
        for (kind, shape, offset, name), end in zip(found, ends):
            file.seek(start + offset)
            out[name] = kind, shape, hashlib.sha256(file.read(end - offset)).hexdigest()
        return out
