//===- Tensors.h - the memory of one case -----------------------*- C++ -*-===//
//
// Tensors as a host of the C ABI holds them: shapes that follow from those of
// the parameters, dense rows, random or given values.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_RUN_TENSORS_H
#define STEEPEST_LIB_RUN_TENSORS_H

#include "lib/Reference/Value.h"
#include "lib/Run/Npy.h"
#include "runtime/steepest.h"
#include "llvm/ADT/StringMap.h"
#include <random>
#include <string>

namespace steepest::run {

using Shape = std::vector<int64_t>;

/// `4x64x32`.
llvm::Expected<Shape> parseShape(llvm::StringRef text);
std::string printShape(const Shape &shape);

struct HostTensor {
  std::string name;
  steepest_role role;
  steepest_dtype dtype;
  /// Without a batch.
  int32_t rank;
  /// With the batch, if there is one.
  Shape shape;
  std::vector<char> bytes;

  int64_t count() const;
  double get(int64_t index) const;
  void set(int64_t index, double value);
  /// For `step`, which may write to the bytes.
  steepest_tensor view();
  /// Problem `index` of a batch, or the tensor itself without one.
  HostTensor problem(int64_t index, int64_t batch) const;
  reference::Value toValue() const;
  NpyArray toNpy() const;
};

using Tensors = std::vector<HostTensor>;

/// The rows of a tensor, further apart than they need be.
class PaddedCopy {
public:
  /// Rows of matrices, and problems of a batch, lie `padding` elements further
  /// apart.
  PaddedCopy(const HostTensor &tensor, int64_t padding);
  steepest_tensor view();
  /// Copies the elements back; false if something else was written to.
  bool copyBack(HostTensor &tensor) const;

private:
  int64_t width, rows, rowBytes, strideBytes;
  steepest_tensor strided;
  std::vector<char> bytes;
};

/// The problems that tensors hold; nothing without a batch dimension.
std::optional<int64_t> batchOf(const Tensors &tensors);
/// Problem `index` of all tensors.
Tensors problemOf(const Tensors &tensors, int64_t index);
/// As it appears in reports: the shapes of the parameters.
std::string printShapes(const Tensors &tensors);

/// Zeros for every tensor of the optimizer, in the shapes that follow from
/// those of the parameters (one for all, or one for each). Given arrays decide
/// about their own tensor, and about the parameter where no shape is named.
llvm::Expected<Tensors> makeTensors(const steepest_optimizer &optimizer,
                                    llvm::ArrayRef<Shape> shapes,
                                    const llvm::StringMap<NpyArray> &given);

/// Fills a tensor with normal numbers times `scale`.
void fillRandom(HostTensor &tensor, std::mt19937_64 &generator, double scale);

} // namespace steepest::run

#endif // STEEPEST_LIB_RUN_TENSORS_H
