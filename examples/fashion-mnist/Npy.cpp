//===- Npy.cpp - tensors as files that NumPy reads ------------------------===//
//
//   "\x93NUMPY" 1 0, the length of the header (2 bytes, little endian), the
//   header, the elements. The header is a Python dictionary, padded with spaces
//   so that the elements start at a multiple of 64 bytes.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include <fstream>
#include <stdexcept>

void writeNpy(const std::string &path, const steepest_tensor &tensor) {
  bool isDouble = tensor.dtype == STEEPEST_F64;
  std::string shape;
  std::int64_t elements = 1;
  for (int d = 0; d < tensor.rank; ++d) {
    // Python writes a tuple of one as (3,).
    shape += std::to_string(tensor.shape[d]) + (tensor.rank == 1 ? "," : "");
    shape += d + 1 < tensor.rank ? ", " : "";
    elements *= tensor.shape[d];
  }
  std::string header = std::string("{'descr': '") + (isDouble ? "<f8" : "<f4") +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  constexpr std::size_t preamble = 10, alignment = 64;
  while ((preamble + header.size() + 1) % alignment != 0)
    header += ' ';
  header += '\n';

  std::ofstream file(path, std::ios::binary);
  file.write("\x93NUMPY\x01\x00", 8);
  file.put(static_cast<char>(header.size() & 0xff));
  file.put(static_cast<char>(header.size() >> 8));
  file << header;
  file.write(static_cast<const char *>(tensor.data),
             elements * (isDouble ? sizeof(double) : sizeof(float)));
  file.close();
  if (!file)
    throw std::runtime_error("cannot write " + path);
}
