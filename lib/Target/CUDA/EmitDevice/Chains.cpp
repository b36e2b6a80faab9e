//===- Chains.cpp - chains of products in shared memory -------------------===//
//
// The steps of a polynomial are products one after another, with nothing but
// scalars between them: a *chain*. Of small matrices each costs a meeting and a
// way to memory and back, which take longer than the product. So a chain is
// also emitted as a function of one block, which stages what the chain starts
// from, multiplies in shared memory (runtime/CUDA/Device/ProductStaged.h) and
// stores what is used afterwards; the other blocks wait for it at the meeting.
// The step takes this way when the matrices fit into the shared memory of the
// launch. The bits are those of the products on the ordinary units and of
// mma.sync.
//
// What a product writes is a new *version* of a matrix. Versions of one shape
// share places in shared memory, as registers are shared: one that nobody reads
// again leaves its place to the next.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitDevice/Chains.h"

#include "lib/Target/CUDA/EmitDevice/Template.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "runtime/CUDA/Device/Extents.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace steepest;
using kernel::ProductOp;

/// The most shared memory of a block: of compute capability 8.6, 8.9 and 12.0,
/// the least of all, and of 9.0.
static constexpr int64_t blockBytes = 99 << 10, blockBytes90 = 227 << 10;

namespace {

/// Marks a function that is a chain.
static constexpr StringLiteral chainAttrName = "steepest.chain";

/// Number of something, for what is not there.
static constexpr int none = -1;

struct Version {
  Value memory;
  int shape;
  /// The products that write it (`none`: it was there before the chain) and
  /// that read it last (`none`: no product does).
  int written, read = none;
  bool isUsedAfter = false;
  /// Among those of its shape.
  int place = none;
};

struct Shape {
  int rows, columns; // extents
  int places = 0;
};

/// Versions that a product works on.
struct Operands {
  int lhs, rhs, addend, into;
};

class Chain {
public:
  explicit Chain(ArrayRef<ProductOp> products);

  /// Emits both ways. Chains of the same structure share a function.
  void emit(Team &team, llvm::StringMap<func::FuncOp> &functions);
  void report();

private:
  template <class T> int numberOf(SmallVectorImpl<T> &all, T one) {
    auto found = llvm::find(all, one);
    if (found == all.end())
      found = (all.push_back(one), std::prev(all.end()));
    return found - all.begin();
  }
  OpFoldResult getExtent(Value memory, unsigned dimension);
  int getShape(Value memory);
  int read(Value memory, int product);
  int write(Value memory, int product);
  void findUsesAfter();
  void assignPlaces();
  int64_t getBytes(int64_t order) const;
  std::string getStructure();
  Value buildFits(IndexBuilder &b, gpu::GPUModuleOp module);
  func::FuncOp makeFunction(IndexBuilder &b, gpu::GPUModuleOp module,
                            unsigned number);

  SmallVector<ProductOp> products;
  SmallVector<Operands> operands;
  SmallVector<Version> versions;
  llvm::DenseMap<Value, int> current;
  SmallVector<Shape> shapes;
  /// What the function is given: extents, scalars and matrices of global
  /// memory.
  SmallVector<OpFoldResult> extents;
  SmallVector<Value> scalars, matrices;
};

} // namespace

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

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
        versions[number].written != none &&
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
      if (version.written == none)
        assign(version);
    for (Version &version : versions)
      if (version.written != none)
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
    if (version.written == none || version.isUsedAfter)
      (void)numberOf(matrices, version.memory);
}

/// Shared memory for matrices that are all square.
int64_t Chain::getBytes(int64_t order) const {
  int64_t places = 0;
  for (const Shape &shape : shapes)
    places += shape.places;
  return 4 * places * steepest_staged_extent(order) *
         steepest_staged_pitch(order);
}

/// The product of the template, by what factors are rounded to.
static StringRef getStagedName(kernel::ProductOp product) {
  Type factors = product.getFactors().value_or(Type());
  if (!factors)
    return "staged_f32";
  if (factors.isBF16())
    return "staged_bf16";
  return factors.isF16() ? "staged_f16" : "staged_tf32";
}

/// Everything that a chain's function depends on.
std::string Chain::getStructure() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << extents.size() << " " << scalars.size() << " ";
  for (const Shape &shape : shapes)
    stream << shape.rows << "x" << shape.columns << " ";
  for (Version &version : versions)
    stream << version.shape << ":" << version.place << ":"
           << (version.written == none ? "in" : "")
           << (version.written == none || version.isUsedAfter
                   ? numberOf(matrices, version.memory)
                   : none)
           << " ";
  for (auto [product, of] : llvm::zip(products, operands)) {
    stream << of.lhs << "," << of.rhs << "," << of.addend << "," << of.into;
    for (Value scalar :
         {product.getAlpha(), product.getBeta(), product.getGamma()})
      stream << "," << (scalar ? numberOf(scalars, scalar) : none);
    stream << "," << product.getTransposeLhs() << product.getTransposeRhs()
           << product.getSymmetric() << product.getLowerResult()
           << getStagedName(product) << " ";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

static Value asIndex(IndexBuilder &b, OpFoldResult extent) {
  if (auto value = dyn_cast<Value>(extent))
    return value;
  return b.index(cast<IntegerAttr>(cast<Attribute>(extent)).getInt());
}

/// Calls a function that hands its arguments on to the template: the entry
/// point is inlined there, and nowhere else.
static void callShared(IndexBuilder &b, gpu::GPUModuleOp module, StringRef name,
                       ValueRange arguments) {
  std::string symbol = ("product." + name).str();
  auto function = module.lookupSymbol<func::FuncOp>(symbol);
  if (!function) {
    OpBuilder::InsertionGuard guard(b);
    function = makeDeviceFunction(b, module, symbol, arguments.getTypes());
    SmallVector<Value> operands;
    auto generic = LLVM::LLVMPointerType::get(b.getContext());
    for (Value argument : function.getArguments())
      operands.push_back(
          isa<LLVM::LLVMPointerType>(argument.getType())
              ? LLVM::AddrSpaceCastOp::create(b, generic, argument).getResult()
              : argument);
    callTemplate(b, module, name, operands);
    func::ReturnOp::create(b);
  }
  func::CallOp::create(b, function, arguments);
}

Value Chain::buildFits(IndexBuilder &b, gpu::GPUModuleOp module) {
  Value bytes = b.index(0);
  for (const Shape &shape : shapes) {
    if (shape.places == 0)
      continue;
    Value rows = asIndex(b, extents[shape.rows]);
    Value columns = asIndex(b, extents[shape.columns]);
    // steepest_staged_extent and steepest_staged_pitch.
    Value elements =
        b.mul(b.roundUp(rows, 16), b.add(b.roundUp(columns, 16), 4));
    bytes = b.add(bytes, b.mul(elements, 4 * shape.places));
  }
  Value given = callTemplate(b, module, "shared_bytes", {}, b.getI32Type());
  return arith::CmpIOp::create(
      b, arith::CmpIPredicate::ule, bytes,
      arith::IndexCastOp::create(b, b.getIndexType(), given).getResult());
}

/// (matrices and their leading dimensions, extents, scalars).
func::FuncOp Chain::makeFunction(IndexBuilder &b, gpu::GPUModuleOp module,
                                 unsigned number) {
  OpBuilder::InsertionGuard guard(b);
  Type i32 = b.getI32Type(), i64 = b.getI64Type(), f32 = b.getF32Type();
  auto global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  };
  SmallVector<Type> types;
  for (size_t i = 0; i < matrices.size(); ++i)
    types.append({global, i64});
  types.append(extents.size(), i32);
  types.append(scalars.size(), f32);
  auto function =
      makeDeviceFunction(b, module, ("chain." + Twine(number)).str(), types);
  function->setAttr(chainAttrName, b.getUnitAttr());
  ValueRange arguments = function.getArguments();
  ValueRange ofMatrices = arguments.take_front(2 * matrices.size());
  ValueRange ofExtents = arguments.slice(ofMatrices.size(), extents.size());
  ValueRange ofScalars = arguments.take_back(scalars.size());
  auto end = func::ReturnOp::create(b);
  b.setInsertionPoint(end);

  Value rank = gpu::BlockIdOp::create(b, gpu::Dimension::x);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rank, b.index(0));
  auto work = scf::IfOp::create(b, isFirst, /*withElseRegion=*/false);
  b.setInsertionPointToStart(work.thenBlock());

  // Where the places of each shape are, in elements.
  auto roundUp = [&](Value extent) -> Value {
    Value more = arith::AddIOp::create(b, extent, constant(15));
    return arith::AndIOp::create(b, more, constant(-16));
  };
  SmallVector<Value> starts, sizes;
  Value next = constant(0);
  for (const Shape &shape : shapes) {
    starts.push_back(next);
    Value pitch = arith::AddIOp::create(b, roundUp(ofExtents[shape.columns]),
                                        constant(4));
    sizes.push_back(
        arith::MulIOp::create(b, roundUp(ofExtents[shape.rows]), pitch));
    next = arith::AddIOp::create(
        b, next,
        arith::MulIOp::create(b, sizes.back(), constant(shape.places))
            .getResult());
  }
  auto placeOf = [&](int version) -> Value {
    if (version == none || versions[version].place == none)
      return constant(none);
    int shape = versions[version].shape;
    Value offset = arith::MulIOp::create(b, sizes[shape],
                                         constant(versions[version].place));
    return arith::AddIOp::create(b, starts[shape], offset);
  };
  auto globalOf = [&](Value memory) {
    int at = 2 * numberOf(matrices, memory);
    return std::pair(ofMatrices[at], ofMatrices[at + 1]);
  };
  auto scalarOr = [&](Value scalar, double otherwise) -> Value {
    if (scalar)
      return ofScalars[numberOf(scalars, scalar)];
    return arith::ConstantOp::create(b, b.getF32FloatAttr(otherwise));
  };

  for (auto [number, version] : llvm::enumerate(versions)) {
    if (version.written != none)
      continue;
    auto [pointer, leading] = globalOf(version.memory);
    const Shape &shape = shapes[version.shape];
    callShared(b, module, "stage",
               {pointer, leading, ofExtents[shape.rows],
                ofExtents[shape.columns], placeOf(number)});
  }
  for (auto [product, of] : llvm::zip(products, operands)) {
    const Version &into = versions[of.into];
    if (into.place == none && !into.isUsedAfter)
      continue;
    Value pointer = LLVM::ZeroOp::create(b, global);
    Value leading = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
    if (into.isUsedAfter)
      std::tie(pointer, leading) = globalOf(into.memory);
    const Shape &result = shapes[into.shape];
    const Shape &factor = shapes[versions[of.lhs].shape];
    int64_t symmetry = product.getLowerResult() ? 2 : product.getSymmetric();
    callShared(
        b, module, getStagedName(product),
        {placeOf(of.lhs), placeOf(of.rhs), placeOf(of.into), pointer, leading,
         placeOf(of.addend), ofExtents[result.rows], ofExtents[result.columns],
         ofExtents[product.getTransposeLhs() ? factor.rows : factor.columns],
         constant(product.getTransposeLhs()),
         constant(product.getTransposeRhs()), constant(symmetry),
         scalarOr(product.getAlpha(), 1), scalarOr(product.getBeta(), 0),
         scalarOr(product.getGamma(), 0)});
  }
  return function;
}

void Chain::emit(Team &team, llvm::StringMap<func::FuncOp> &functions) {
  OpBuilder builder(products.front());
  IndexBuilder b(products.front().getLoc(), builder);
  b.setInsertionPoint(products.front());
  gpu::GPUModuleOp module = team.getModule();
  func::FuncOp &function = functions[getStructure()];
  if (!function)
    function = makeFunction(b, module, functions.size() - 1);
  auto ways =
      scf::IfOp::create(b, buildFits(b, module), /*withElseRegion=*/true);
  for (ProductOp product : products)
    product->moveBefore(ways.elseYield());

  b.setInsertionPointToStart(ways.thenBlock());
  SmallVector<Value> arguments;
  for (Value memory : matrices) {
    auto [pointer, leading] = buildGlobalMatrix(b, memory);
    arguments.append({pointer, leading});
  }
  for (OpFoldResult extent : extents)
    arguments.push_back(
        arith::IndexCastOp::create(b, b.getI32Type(), asIndex(b, extent)));
  llvm::append_range(arguments, scalars);
  func::CallOp::create(b, function, arguments);
  team.meet(b);
}

void Chain::report() {
  auto largest = [&](int64_t bytes) {
    int64_t order = 0;
    while (getBytes(order + 16) <= bytes)
      order += 16;
    return order;
  };
  int64_t places = 0;
  for (const Shape &shape : shapes)
    places += shape.places;
  ProductOp first = products.front();
  remark::passed(
      first.getLoc(),
      remark::RemarkOpts::name("DeviceChain")
          .category("steepest-emit-device")
          .function(first->getParentOfType<func::FuncOp>().getName()))
      << remark::metric("products", products.size())
      << remark::metric("matrices", places)
      << remark::metric("largestOrder", largest(blockBytes))
      << remark::metric("bytes", getBytes(largest(blockBytes)))
      << remark::metric("largestOrder90", largest(blockBytes90))
      << remark::metric("bytes90", getBytes(largest(blockBytes90)));
}

//===----------------------------------------------------------------------===//
// The chains of a program
//===----------------------------------------------------------------------===//

/// Of f32 matrices that have their memory to themselves: parts of others could
/// be written by another name.
static bool canBeStaged(ProductOp product) {
  return llvm::all_of(
      ValueRange{product.getLhs(), product.getRhs(), product.getInto()},
      [](Value memory) {
        auto type = cast<MemRefType>(memory.getType());
        return type.getElementType().isF32() &&
               (isa<BlockArgument>(memory) ||
                memory.getDefiningOp<memref::ViewOp>());
      });
}

int64_t steepest::emitDeviceChains(func::FuncOp entry, Team &team) {
  SmallVector<SmallVector<ProductOp>> found;
  entry.walk([&](Block *block) {
    SmallVector<ProductOp> run;
    SmallVector<Operation *> between;
    auto finish = [&] {
      // One product alone gains nothing.
      if (run.size() > 1)
        found.push_back(run);
      run.clear();
      between.clear();
    };
    for (Operation &op : llvm::make_early_inc_range(*block)) {
      auto product = dyn_cast<ProductOp>(op);
      if (product && canBeStaged(product)) {
        // Scalars do not depend on products.
        for (Operation *scalar : between)
          scalar->moveBefore(run.front());
        between.clear();
        run.push_back(product);
      } else if (!product && op.getNumRegions() == 0 &&
                 isMemoryEffectFree(&op)) {
        if (!run.empty())
          between.push_back(&op);
      } else {
        finish();
      }
    }
    finish();
  });
  llvm::StringMap<func::FuncOp> functions;
  for (ArrayRef<ProductOp> products : found) {
    Chain chain(products);
    chain.emit(team, functions);
    chain.report();
  }
  return found.size();
}

void steepest::requireChainMemory(gpu::GPUModuleOp module) {
  if (llvm::none_of(module.getOps<func::FuncOp>(), [](func::FuncOp function) {
        return function->hasAttr(chainAttrName);
      }))
    return;
  // What is declared by name counts, too.
  int64_t used = 0;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    MemRefType type = global.getType();
    int64_t bytes =
        type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
    used += llvm::alignTo(bytes, 16);
  }
  auto raise = [&](StringRef attribute, int64_t limit) {
    int64_t bytes = llvm::alignDown(limit - used, 1024);
    if (auto before = module->getAttrOfType<IntegerAttr>(attribute))
      bytes = std::max(bytes, before.getInt());
    module->setAttr(
        attribute,
        IntegerAttr::get(IntegerType::get(module.getContext(), 64), bytes));
  };
  raise(sharedBytesAttrName, blockBytes);
  raise(panelBytesAttrName, blockBytes90);
}
