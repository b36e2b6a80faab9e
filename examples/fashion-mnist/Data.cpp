//===- Data.cpp - Fashion-MNIST -------------------------------------------===//
//
// The idx format: two zero bytes, the element type, the rank, the extents as
// big-endian 32-bit integers, then the elements in row-major order.
//
//===----------------------------------------------------------------------===//

#include "Data.h"

#include <memory>
#include <stdexcept>
#include <zlib.h>

static constexpr int imageExtent = 28;
static constexpr int numClasses = 10;

// Mean and standard deviation of the pixels of the training set, after
// division by 255. The test set is shifted and scaled by the same numbers.
static constexpr float pixelMean = 0.2860f;
static constexpr float pixelDeviation = 0.3530f;

namespace {
/// A gzip file that reports every failure with its name.
class GzipReader {
public:
  explicit GzipReader(const std::string &path)
      : path(path), file(gzopen(path.c_str(), "rb"), gzclose) {
    if (!file)
      throw std::runtime_error("cannot open " + path);
  }

  void read(std::uint8_t *destination, std::size_t bytes) {
    // gzread counts in int; no file of this data set comes near its limit.
    if (gzread(file.get(), destination, static_cast<unsigned>(bytes)) !=
        static_cast<int>(bytes))
      throw std::runtime_error(path + " is shorter than its header says");
  }

  std::uint32_t readBigEndian() {
    std::uint8_t bytes[4];
    read(bytes, sizeof(bytes));
    return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16 |
           std::uint32_t(bytes[2]) << 8 | std::uint32_t(bytes[3]);
  }

  /// Reads the header and returns the leading extent.
  std::size_t readHeader(std::uint32_t rank) {
    constexpr std::uint32_t unsignedByte = 8;
    if (readBigEndian() != (unsignedByte << 8 | rank))
      throw std::runtime_error(path + " is not an idx file of bytes of rank " +
                               std::to_string(rank));
    std::size_t count = readBigEndian();
    for (std::uint32_t dimension = 1; dimension < rank; ++dimension)
      if (readBigEndian() != imageExtent)
        throw std::runtime_error(path + " does not hold 28 x 28 images");
    if (count > 1000000)
      throw std::runtime_error(path + " claims to hold " +
                               std::to_string(count) + " entries");
    return count;
  }

private:
  std::string path;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file;
};
} // namespace

DataSet readDataSet(const std::string &folder, const std::string &prefix) {
  DataSet data;
  GzipReader images(folder + "/" + prefix + "-images-idx3-ubyte.gz");
  std::size_t count = images.readHeader(/*rank=*/3);
  std::vector<std::uint8_t> pixels(count * imageExtent * imageExtent);
  images.read(pixels.data(), pixels.size());
  data.images.resize(count, imageExtent * imageExtent);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    data.images.data()[i] = (pixels[i] / 255.0f - pixelMean) / pixelDeviation;

  std::string labelPath = folder + "/" + prefix + "-labels-idx1-ubyte.gz";
  GzipReader labels(labelPath);
  if (labels.readHeader(/*rank=*/1) != count)
    throw std::runtime_error(labelPath +
                             " has another number of entries than the images");
  data.labels.resize(count);
  labels.read(data.labels.data(), count);
  for (std::uint8_t label : data.labels)
    if (label >= numClasses)
      throw std::runtime_error(labelPath + " holds the label " +
                               std::to_string(label));
  return data;
}
