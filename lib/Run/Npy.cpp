//===- Npy.cpp - arrays in NumPy's file format ----------------------------===//
//
//   "\x93NUMPY" major minor, the length of the header (2 bytes in version 1, 4
//   later, little endian), the header, the elements. The header is a Python
//   dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//
//===----------------------------------------------------------------------===//

#include "lib/Run/Npy.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/EndianStream.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace steepest::run;

static constexpr StringLiteral magic = "\x93NUMPY";

static Error fail(StringRef path, const Twine &message) {
  return createStringError("'" + path + "': " + message);
}

/// What stands behind `'key':` in the header.
static StringRef entryOf(StringRef header, StringRef key) {
  size_t at = header.find(("'" + key + "':").str());
  if (at == StringRef::npos)
    return {};
  return header.drop_front(at + key.size() + 3).ltrim();
}

/// Reads `(3, 4)`.
static bool parseShape(StringRef text, std::vector<int64_t> &shape) {
  if (!text.consume_front("("))
    return false;
  SmallVector<StringRef> extents;
  text.take_until([](char c) { return c == ')'; })
      .split(extents, ',', -1, /*KeepEmpty=*/false);
  for (StringRef extent : extents) {
    if (extent.trim().empty())
      continue;
    if (extent.trim().getAsInteger(10, shape.emplace_back()) ||
        shape.back() < 0)
      return false;
  }
  return true;
}

Expected<NpyArray> steepest::run::readNpy(StringRef path) {
  auto file = MemoryBuffer::getFile(path, /*IsText=*/false,
                                    /*RequiresNullTerminator=*/false);
  if (!file)
    return createStringError("cannot read '" + path +
                             "': " + file.getError().message());
  StringRef data = (*file)->getBuffer();
  if (!data.consume_front(magic) || data.size() < 6)
    return fail(path, "expects an array in NumPy's format (.npy)");
  bool isFirstVersion = data[0] == 1;
  data = data.drop_front(2);
  size_t length = isFirstVersion ? support::endian::read16le(data.data())
                                 : support::endian::read32le(data.data());
  data = data.drop_front(isFirstVersion ? 2 : 4);
  if (data.size() < length)
    return fail(path, "the header is cut off");
  StringRef header = data.take_front(length);
  data = data.drop_front(length);

  NpyArray array;
  StringRef type = entryOf(header, "descr");
  if (!type.starts_with("'<f4'") && !type.starts_with("'<f8'"))
    return fail(path, "expects float32 or float64 elements ('<f4' or '<f8'), "
                      "got " +
                          type.take_until([](char c) { return c == ','; }));
  array.isDouble = type.starts_with("'<f8'");
  if (!parseShape(entryOf(header, "shape"), array.shape))
    return fail(path, "expects a shape in the header, got " +
                          entryOf(header, "shape"));
  if (array.shape.size() > 3)
    return fail(path, "expects 3 dimensions or fewer, got " +
                          Twine(array.shape.size()));
  // Of a vector both orders are the same.
  if (array.shape.size() > 1 &&
      !entryOf(header, "fortran_order").starts_with("False"))
    return fail(path, "expects an array in C order, got Fortran order; save "
                      "numpy.ascontiguousarray of it");

  uint64_t count = 1, size = array.isDouble ? 8 : 4;
  bool overflows = false;
  for (int64_t extent : array.shape) {
    bool now = false;
    count = SaturatingMultiply<uint64_t>(count, extent, &now);
    overflows |= now;
  }
  if (overflows || count > data.size() / size || data.size() != count * size)
    return fail(path, "expects " + Twine(count) + " elements of " +
                          Twine(size) + " bytes, got " + Twine(data.size()) +
                          " bytes");
  for (uint64_t i = 0; i < count; ++i) {
    const char *at = data.data() + i * size;
    array.values.push_back(
        array.isDouble ? bit_cast<double>(support::endian::read64le(at))
                       : bit_cast<float>(support::endian::read32le(at)));
  }
  return array;
}

Error steepest::run::writeNpy(StringRef path, const NpyArray &array) {
  std::string header = "{'descr': '";
  header += array.isDouble ? "<f8" : "<f4";
  header += "', 'fortran_order': False, 'shape': (";
  for (auto [dim, extent] : enumerate(array.shape))
    header += (dim > 0 ? ", " : "") + itostr(extent);
  header += array.shape.size() == 1 ? ",), }" : "), }";
  // The elements begin at a multiple of 64.
  size_t before = magic.size() + 4;
  header.append(alignTo(before + header.size() + 1, 64) - before -
                    header.size() - 1,
                ' ');
  header += '\n';

  std::error_code code;
  raw_fd_ostream os(path, code);
  if (code)
    return createStringError("cannot write '" + path + "': " + code.message());
  os << magic << '\1' << '\0';
  support::endian::write<uint16_t>(os, header.size(), endianness::little);
  os << header;
  for (double value : array.values) {
    if (array.isDouble)
      support::endian::write(os, value, endianness::little);
    else
      support::endian::write(os, float(value), endianness::little);
  }
  os.close();
  if (std::error_code failed = os.error()) {
    os.clear_error();
    return createStringError("cannot write '" + path +
                             "': " + failed.message());
  }
  return Error::success();
}
