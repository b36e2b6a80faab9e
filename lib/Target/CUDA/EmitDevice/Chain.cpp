//===- Chain.cpp - the matrices of a chain of products --------------------===//

#include "lib/Target/CUDA/EmitDevice/Chain.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "runtime/CUDA/Device/Extents.h"

using namespace mlir;
using namespace steepest;
using kernel::ProductOp;

/// The number of `one` among `all`, where it is added if it is not there.
template <class T> static int numberOf(SmallVectorImpl<T> &all, T one) {
  auto found = llvm::find(all, one);
  if (found == all.end())
    found = (all.push_back(one), std::prev(all.end()));
  return found - all.begin();
}

int steepest::numberIn(ArrayRef<Value> all, Value one) {
  auto found = llvm::find(all, one);
  return found == all.end() ? Chain::none : found - all.begin();
}

OpFoldResult Chain::getExtent(Value memory, unsigned dimension) {
  auto type = cast<MemRefType>(memory.getType());
  OpBuilder builder(products.front());
  if (!type.isDynamicDim(dimension))
    return builder.getIndexAttr(type.getDimSize(dimension));
  if (auto view = memory.getDefiningOp<memref::ViewOp>())
    return view.getSizes()[type.getDynamicDimIndex(dimension)];
  // The step asks for the extents of its arguments once, at its start.
  for (Operation *user : memory.getUsers())
    if (auto dim = dyn_cast<memref::DimOp>(user))
      if (dim.getConstantIndex() == dimension &&
          dim->getBlock() == cast<BlockArgument>(memory).getOwner())
        return dim.getResult();
  return memref::DimOp::create(builder, products.front().getLoc(), memory,
                               dimension)
      .getResult();
}

int Chain::getShape(Value memory) {
  int rows = numberOf(extents, getExtent(memory, 0));
  int columns = numberOf(extents, getExtent(memory, 1));
  auto found = llvm::find_if(shapes, [&](const Shape &shape) {
    return shape.rows == rows && shape.columns == columns;
  });
  if (found == shapes.end())
    found = (shapes.push_back({rows, columns}), std::prev(shapes.end()));
  return found - shapes.begin();
}

int Chain::read(Value memory, int product) {
  if (!memory)
    return none;
  auto [found, isNew] = current.try_emplace(memory, int(versions.size()));
  if (isNew)
    versions.push_back({memory, getShape(memory), none});
  versions[found->second].read = product;
  return found->second;
}

int Chain::write(Value memory, int product) {
  versions.push_back({memory, getShape(memory), product});
  return current[memory] = int(versions.size()) - 1;
}

/// Whoever uses a matrix beside the chain may read what the chain leaves. What
/// the chain itself reads when it comes again, somebody wrote before.
void Chain::findUsesAfter() {
  for (auto [memory, number] : current)
    versions[number].isUsedAfter =
        !versions[number].isGiven() &&
        (isa<BlockArgument>(memory) ||
         llvm::any_of(memory.getUsers(), [&](Operation *user) {
           return !isa<memref::DimOp>(user) &&
                  llvm::none_of(products, [&](ProductOp product) {
                    return product.getOperation() == user;
                  });
         }));
}

void Chain::assignPlaces() {
  for (auto [number, shape] : llvm::enumerate(shapes)) {
    // Of each place, the product that reads it last. Versions are in the order
    // in which they begin, but for those that were there before.
    SmallVector<int> ends;
    auto assign = [&, number = int(number)](Version &version) {
      if (version.shape != number || version.read == none)
        return;
      // A product writes beside what it reads.
      auto free =
          llvm::find_if(ends, [&](int end) { return end < version.written; });
      if (free == ends.end())
        free = (ends.push_back(none), std::prev(ends.end()));
      *free = version.read;
      version.place = free - ends.begin();
    };
    for (Version &version : versions)
      if (version.isGiven())
        assign(version);
    for (Version &version : versions)
      if (!version.isGiven())
        assign(version);
    shape.places = ends.size();
  }
}

Chain::Chain(ArrayRef<ProductOp> theProducts) : products(theProducts) {
  for (auto [number, product] : llvm::enumerate(products)) {
    Operands of;
    of.lhs = read(product.getLhs(), number);
    of.rhs = read(product.getRhs(), number);
    of.addend = read(product.getAddend(), number);
    of.into = write(product.getInto(), number);
    operands.push_back(of);
    for (Value scalar :
         {product.getAlpha(), product.getBeta(), product.getGamma()})
      if (scalar)
        (void)numberOf(scalars, scalar);
  }
  findUsesAfter();
  assignPlaces();
  for (const Version &version : versions)
    if (version.isGiven() || version.isUsedAfter)
      (void)numberOf(matrices, version.memory);
}

int64_t Chain::countPlaces() const {
  int64_t places = 0;
  for (const Shape &shape : shapes)
    places += shape.places;
  return places;
}

int64_t Chain::getBytes(int64_t order) const {
  return 4 * countPlaces() * steepest_staged_extent(order) *
         steepest_staged_pitch(order);
}

StringRef steepest::getStagedName(kernel::ProductOp product) {
  Type factors = product.getFactors().value_or(Type());
  if (!factors)
    return "staged_f32";
  if (factors.isBF16())
    return "staged_bf16";
  return factors.isF16() ? "staged_f16" : "staged_tf32";
}
std::string Chain::getStructure() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << extents.size() << " " << scalars.size() << " ";
  for (const Shape &shape : shapes)
    stream << shape.rows << "x" << shape.columns << " ";
  for (const Version &version : versions)
    stream << version.shape << ":" << version.place << ":"
           << (version.isGiven() ? "in" : "")
           << (version.isGiven() || version.isUsedAfter
                   ? numberIn(matrices, version.memory)
                   : none)
           << " ";
  for (auto [number, of] : llvm::enumerate(operands)) {
    ProductOp product = products[number];
    stream << of.lhs << "," << of.rhs << "," << of.addend << "," << of.into;
    for (Value scalar :
         {product.getAlpha(), product.getBeta(), product.getGamma()})
      stream << "," << numberIn(scalars, scalar);
    stream << "," << product.getTransposeLhs() << product.getTransposeRhs()
           << product.getSymmetric() << product.getLowerResult()
           << getStagedName(product) << " ";
  }
  return text;
}
