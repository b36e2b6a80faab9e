"""Makes matrices of a given condition, and judges polar factors, without NumPy.

graded.py make f4|f8 ROWS COLS CONDITION OUT.npy
    diag(d) Q, Q of orthonormal rows, or its transpose where ROWS > COLS; for f8
    also turned from the left. d falls from 1 to 1 / CONDITION geometrically.
    Rows of one size each keep their relative precision in float32.
graded.py judge PHI.npy X.npy ORTHONORMAL TURN
    exits 1 unless the smaller Gram matrix of PHI is the identity within
    ORTHONORMAL and that of PHI and X is symmetric within TURN, by entries.
graded.py differ A.npy B.npy PART
    exits 1 unless ||A - B|| <= PART ||B|| in the Frobenius norm, and A != B.
"""

import ast
import math
import random
import struct
import sys


def write(path, descr, matrix):
    header = {"descr": descr, "fortran_order": False}
    header["shape"] = (len(matrix), len(matrix[0]))
    text = str(header)[:-1] + ", }"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    code = "f" if descr == "<f4" else "d"
    values = [value for row in matrix for value in row]
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)))
        file.write(text.encode() + struct.pack(f"<{len(values)}{code}", *values))


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    length = struct.unpack("<H", content[8:10])[0]
    header = ast.literal_eval(content[10 : 10 + length].decode())
    rows, cols = header["shape"]
    code = "f" if header["descr"] == "<f4" else "d"
    values = struct.unpack(f"<{rows * cols}{code}", content[10 + length :])
    return [list(values[i * cols : (i + 1) * cols]) for i in range(rows)]


def transposed(matrix):
    return [list(row) for row in zip(*matrix)]


def reflect(matrix, generator):
    """Multiplies from the right by a random reflection."""
    v = [generator.gauss(0, 1) for _ in matrix[0]]
    size = sum(a * a for a in v)
    for row in matrix:
        factor = 2 * math.fsum(a * b for a, b in zip(row, v)) / size
        row[:] = [a - factor * b for a, b in zip(row, v)]


def make(descr, rows, cols, condition):
    generator = random.Random(rows * 1000 + cols)
    small, large = min(rows, cols), max(rows, cols)
    matrix = [[float(i == j) for j in range(large)] for i in range(small)]
    for _ in range(8):
        reflect(matrix, generator)
    for i, row in enumerate(matrix):
        scale = condition ** (-i / max(small - 1, 1))
        row[:] = [scale * a for a in row]
    if descr == "<f8":
        matrix = transposed(matrix)
        for _ in range(8):
            reflect(matrix, generator)
        matrix = transposed(matrix)
    return transposed(matrix) if rows > cols else matrix


def gram(a, b):
    """A B^T, of the smaller extent."""
    if len(a) > len(a[0]):
        a, b = transposed(a), transposed(b)
    return [[math.fsum(x * y for x, y in zip(r, s)) for s in b] for r in a]


def judge(phi, x, orthonormal, turn):
    first, second = gram(phi, phi), gram(phi, x)
    size = range(len(first))
    off = max(abs(first[i][j] - (i == j)) for i in size for j in size)
    skew = max(abs(second[i][j] - second[j][i]) for i in size for j in size)
    print(f"off by {off:.1e}, turned by {skew:.1e}")
    return off <= orthonormal and skew <= turn


def differ(a, b, part):
    pairs = [(x, y) for r, s in zip(a, b) for x, y in zip(r, s)]
    distance = math.sqrt(math.fsum((x - y) ** 2 for x, y in pairs))
    size = math.sqrt(math.fsum(y * y for _, y in pairs))
    print(f"a distance of {distance / size:.1e}")
    return 0 < distance <= part * size


if sys.argv[1] == "make":
    descr, rows, cols, condition, path = sys.argv[2:]
    write(path, "<" + descr, make("<" + descr, int(rows), int(cols), float(condition)))
elif sys.argv[1] == "differ":
    first, second, part = sys.argv[2:]
    sys.exit(not differ(read(first), read(second), float(part)))
else:
    phi, x, orthonormal, turn = sys.argv[2:]
    sys.exit(not judge(read(phi), read(x), float(orthonormal), float(turn)))
