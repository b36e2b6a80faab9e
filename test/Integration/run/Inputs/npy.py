"""Makes .npy files for the tests, without NumPy.

npy.py problem INDEX BATCH.npy OUT.npy   one matrix of a batch
npy.py make DESCR FORTRAN SHAPE OUT.npy  zeros, with this header
"""

import ast
import struct
import sys


def write(path, header, data):
    text = str(header)[:-1] + ", }"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)))
        file.write(text.encode() + data)


def size(shape):
    product = 1
    for extent in shape:
        product *= extent
    return product


if sys.argv[1] == "problem":
    index, source, target = int(sys.argv[2]), sys.argv[3], sys.argv[4]
    with open(source, "rb") as file:
        content = file.read()
    length = struct.unpack("<H", content[8:10])[0]
    header = ast.literal_eval(content[10 : 10 + length].decode())
    data = content[10 + length :]
    shape = header["shape"][1:]
    step = size(shape) * int(header["descr"][2])
    header["shape"] = shape
    write(target, header, data[index * step : (index + 1) * step])
else:
    descr, fortran, shape, target = sys.argv[2:6]
    shape = ast.literal_eval(shape)
    header = {"descr": descr, "fortran_order": fortran == "True", "shape": shape}
    write(target, header, bytes(size(shape) * int(descr[2])))
