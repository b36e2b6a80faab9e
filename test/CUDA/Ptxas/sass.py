"""Counts of machine instructions in a cubin, without a disassembler."""

import collections
import struct

# Opcodes, the low twelve bits of an instruction, each calibrated against a
# kernel with a known count. Other generations than these number some
# differently, so instructions are counted only there.
OPCODES = {
    0x983: "LDL",
    0x387: "STL",
    0x981: "LDG",
    0x986: "STG",
    0xFAE: "LDGSTS",
    0x83B: "LDSM",
    0x844: "STSM",
    0x23C: "HMMA",
    0x223: "FFMA",
    0x22B: "DFMA",
    0x5B4: "UTMALDG",
    0x3B4: "UTMALDG",
    0x3B5: "UTMASTG",
    0xDF0: "HGMMA",
    0x9F0: "HGMMA",
    0x3BA: "UBLKCP",
}
COUNTED = {"sm_80", "sm_86", "sm_89", "sm_90a"}

# The bits that an access of global memory moves at once, by bits 73 to 75.
WIDTHS = [8, 8, 16, 16, 32, 64, 128, 128]


def name_of(low, high):
    """An instruction's name; accesses of global memory have their width."""
    name = OPCODES.get(low & 0xFFF)
    if name in ("LDG", "STG"):
        return f"{name}.{WIDTHS[high >> 9 & 7]}"
    return name


def histogram(cubin):
    """Counts of instructions by name, for each kernel of a cubin."""
    data = cubin.read_bytes()
    offset = struct.unpack_from("<Q", data, 0x28)[0]
    count, names_at = struct.unpack_from("<HH", data, 0x3C)
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", data, offset + i * 64)
        for i in range(count)
    ]
    names = sections[names_at][4]
    for section in sections:
        start = names + section[0]
        name = data[start : data.index(b"\0", start)].decode()
        if name.startswith(".text."):
            words = range(section[4], section[4] + section[5], 16)
            yield name.removeprefix(".text."), collections.Counter(
                name_of(*struct.unpack_from("<QQ", data, at)) for at in words
            )


def text(counts):
    """The counts of what has a name, in the order of names."""
    return " ".join(f"{name} {counts[name]}" for name in sorted(filter(None, counts)))
