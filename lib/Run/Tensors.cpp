//===- Tensors.cpp - the memory of one case -------------------------------===//

#include "lib/Run/Tensors.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>
#include <numeric>

using namespace llvm;
using namespace steepest;
using namespace steepest::run;

Expected<Shape> run::parseShape(StringRef text) {
  Shape shape;
  SmallVector<StringRef> extents;
  text.split(extents, 'x');
  for (StringRef extent : extents)
    if (extent.getAsInteger(10, shape.emplace_back()) || shape.back() < 0)
      return createStringError("expects a shape such as 768x3072 or 4x64x32, "
                               "got '" +
                               text + "'");
  return shape;
}

std::string run::printShape(const Shape &shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + itostr(extent);
  return text;
}

static int64_t sizeOf(steepest_dtype dtype) {
  return dtype == STEEPEST_F64 ? 8 : dtype == STEEPEST_BF16 ? 2 : 4;
}

int64_t HostTensor::count() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<>());
}

double HostTensor::get(int64_t index) const {
  const char *at = bytes.data() + index * sizeOf(dtype);
  if (dtype == STEEPEST_F64) {
    double value;
    memcpy(&value, at, sizeof(value));
    return value;
  }
  if (dtype == STEEPEST_BF16) {
    uint16_t bits;
    memcpy(&bits, at, sizeof(bits));
    return APFloat(APFloat::BFloat(), APInt(16, bits)).convertToFloat();
  }
  float value;
  memcpy(&value, at, sizeof(value));
  return value;
}

void HostTensor::set(int64_t index, double value) {
  char *at = bytes.data() + index * sizeOf(dtype);
  float narrow = float(value);
  if (dtype == STEEPEST_F64) {
    memcpy(at, &value, sizeof(value));
  } else if (dtype == STEEPEST_BF16) {
    APFloat rounded(narrow);
    bool loses;
    rounded.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &loses);
    uint16_t bits = rounded.bitcastToAPInt().getZExtValue();
    memcpy(at, &bits, sizeof(bits));
  } else {
    memcpy(at, &narrow, sizeof(narrow));
  }
}

steepest_tensor HostTensor::view() {
  steepest_tensor view = {};
  view.data = bytes.data();
  view.dtype = dtype;
  view.rank = int32_t(shape.size());
  int64_t stride = 1;
  for (size_t dim = shape.size(); dim-- > 0;) {
    view.shape[dim] = shape[dim];
    view.strides[dim] = stride;
    stride *= shape[dim];
  }
  return view;
}

/// What lies between rows: the bytes of a NaN, in either type.
static constexpr char filler = char(0xff);

PaddedCopy::PaddedCopy(const HostTensor &tensor, int64_t padding)
    : width(sizeOf(tensor.dtype)),
      strided(const_cast<HostTensor &>(tensor).view()) {
  int64_t cols = tensor.shape.empty() ? 1 : tensor.shape.back();
  bool hasRows = tensor.shape.size() > 1;
  rows = hasRows && cols > 0 ? tensor.count() / cols : 1;
  int64_t stride = hasRows ? cols + padding : cols;
  rowBytes = cols * width;
  strideBytes = stride * width;
  for (int64_t dim = strided.rank - 2; dim >= 0; --dim) {
    strided.strides[dim] = stride;
    stride *= strided.shape[dim];
  }
  bytes.assign(rows * strideBytes, filler);
  for (int64_t row = 0; row < rows; ++row)
    memcpy(bytes.data() + row * strideBytes,
           tensor.bytes.data() + row * rowBytes, rowBytes);
}

steepest_tensor PaddedCopy::view() {
  strided.data = bytes.data();
  return strided;
}

bool PaddedCopy::copyBack(HostTensor &tensor) const {
  bool kept = true;
  for (int64_t row = 0; row < rows; ++row) {
    const char *at = bytes.data() + row * strideBytes;
    memcpy(tensor.bytes.data() + row * rowBytes, at, rowBytes);
    kept &= std::all_of(at + rowBytes, at + strideBytes,
                        [](char byte) { return byte == filler; });
  }
  return kept;
}

HostTensor HostTensor::problem(int64_t index, int64_t batch) const {
  HostTensor part = *this;
  part.shape.erase(part.shape.begin());
  size_t size = bytes.size() / batch;
  part.bytes.assign(bytes.begin() + index * size,
                    bytes.begin() + (index + 1) * size);
  return part;
}

reference::Value HostTensor::toValue() const {
  if (rank == 0)
    return get(0);
  int64_t rows = shape[0], cols = rank == 1 ? 1 : shape[1];
  reference::Matrix values(rows, cols);
  for (int64_t i = 0; i < rows * cols; ++i)
    values.data()[i] = get(i);
  return reference::Tensor{unsigned(rank), std::move(values)};
}

NpyArray HostTensor::toNpy() const {
  NpyArray array;
  array.shape = shape;
  array.isDouble = dtype == STEEPEST_F64;
  for (int64_t i = 0; i < count(); ++i)
    array.values.push_back(get(i));
  return array;
}

std::optional<int64_t> run::batchOf(const Tensors &tensors) {
  const HostTensor &first = tensors.front();
  if (first.shape.size() == size_t(first.rank))
    return std::nullopt;
  return first.shape[0];
}

Tensors run::problemOf(const Tensors &tensors, int64_t index) {
  std::optional<int64_t> batch = batchOf(tensors);
  if (!batch)
    return tensors;
  Tensors problem;
  for (const HostTensor &tensor : tensors)
    problem.push_back(tensor.problem(index, *batch));
  return problem;
}

std::string run::printShapes(const Tensors &tensors) {
  std::string text;
  for (const HostTensor &tensor : tensors)
    if (tensor.role == STEEPEST_PARAMETER)
      text += (text.empty() ? "" : ", ") + tensor.name + " " +
              printShape(tensor.shape);
  return text;
}

/// The shape of one tensor whose `like` is made already; a parameter's own
/// comes from `wanted`.
static Shape shapeOf(const steepest_optimizer &optimizer, int32_t index,
                     const Tensors &made, const Shape &wanted,
                     std::optional<int64_t> batch) {
  const steepest_tensor_info &info = optimizer.tensors[index];
  bool batched = batch.has_value();
  Shape shape;
  if (batch)
    shape.push_back(*batch);
  for (int32_t dim = 0; dim < info.rank; ++dim) {
    int64_t extent = info.shape[dim];
    int32_t source = extent == -1 ? dim : extent == -2 ? 0 : 1;
    if (extent < 0)
      extent = info.like == index ? wanted[batched + dim]
                                  : made[info.like].shape[batched + source];
    shape.push_back(extent);
  }
  return shape;
}

Expected<Tensors> run::makeTensors(const steepest_optimizer &optimizer,
                                   ArrayRef<Shape> shapes,
                                   const StringMap<NpyArray> &given) {
  Tensors tensors(optimizer.num_tensors);
  SmallVector<Shape> wanted(optimizer.num_tensors);
  size_t parameter = 0, parameters = 0;
  for (int32_t i = 0; i < optimizer.num_tensors; ++i)
    parameters += optimizer.tensors[i].role == STEEPEST_PARAMETER;
  if (shapes.size() > 1 && shapes.size() != parameters)
    return createStringError("expects one shape, or one for each of the " +
                             Twine(parameters) + " parameters of '" +
                             optimizer.name + "', got " + Twine(shapes.size()));

  std::optional<int64_t> batch;
  // Parameters before what has their shape.
  for (bool independent : {true, false})
    for (int32_t i = 0; i < optimizer.num_tensors; ++i) {
      const steepest_tensor_info &info = optimizer.tensors[i];
      if ((info.like == i) != independent)
        continue;
      HostTensor &tensor = tensors[i];
      tensor.name = info.name;
      tensor.role = info.role;
      tensor.dtype = info.dtype;
      tensor.rank = info.rank;
      auto array = given.find(tensor.name);
      if (info.role == STEEPEST_PARAMETER) {
        size_t number = parameter++;
        if (!shapes.empty())
          wanted[i] = shapes[shapes.size() == 1 ? 0 : number];
        else if (array != given.end())
          wanted[i] = array->second.shape;
        else
          for (int32_t dim = 0; dim < info.rank; ++dim)
            wanted[i].push_back(info.shape[dim] >= 0 ? info.shape[dim]
                                : dim == 0           ? 64
                                                     : 32);
        bool hasBatch = wanted[i].size() == size_t(info.rank) + 1;
        if (!hasBatch && wanted[i].size() != size_t(info.rank))
          return createStringError(
              Twine("expects a shape of ") + Twine(info.rank) +
              (info.rank == 1 ? " extent" : " extents") + " for parameter '" +
              tensor.name + "', or one more for a batch, got " +
              printShape(wanted[i]));
        std::optional<int64_t> own;
        if (hasBatch)
          own = wanted[i].front();
        if (number > 0 && own != batch)
          return createStringError(
              "expects one batch for all parameters, got " +
              printShape(wanted[i]) + " for '" + tensor.name + "'");
        batch = own;
      }
      tensor.shape = shapeOf(optimizer, i, tensors, wanted[i], batch);
      if (info.role == STEEPEST_PARAMETER && tensor.shape != wanted[i])
        return createStringError("expects the shape " +
                                 printShape(tensor.shape) + " for parameter '" +
                                 tensor.name + "', got " +
                                 printShape(wanted[i]));
      tensor.bytes.assign(tensor.count() * sizeOf(tensor.dtype), 0);
      if (array == given.end())
        continue;
      if (array->second.shape != tensor.shape)
        return createStringError(
            "expects an array of shape " + printShape(tensor.shape) + " for '" +
            tensor.name + "', got " + printShape(array->second.shape));
    }
  return tensors;
}

void run::fillRandom(HostTensor &tensor, std::mt19937_64 &generator,
                     double scale) {
  std::normal_distribution<double> normal;
  for (int64_t i = 0; i < tensor.count(); ++i)
    tensor.set(i, scale * normal(generator));
}
