//===- PlanWorkspace.cpp - one workspace for all buffers ------------------===//
//
// Lifetimes. Ops are numbered in the order of a pre-order walk. A buffer lives
// from its first use to its last; if it is in use before a loop and inside it,
// it lives to the end of the loop, since the next iteration reads it again. A
// buffer whose first use is inside a loop is written there before it is read,
// in every iteration.
//
// Places. Buffers are taken in the order of their first use; each takes a place
// of its own size that is free by then, or a new one. Sizes are symbolic:
// equal means the same expression of the extents, which is what the layers of
// a network give.
//
//===----------------------------------------------------------------------===//

#include "dialect/Kernel/Kernel.h"
#include "lib/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "runtime/steepest.h"

namespace steepest {
#define GEN_PASS_DEF_PLANWORKSPACEPASS
#include "lib/Transforms/PlanWorkspace/PlanWorkspace.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

static constexpr StringLiteral category = "steepest-plan-workspace";

namespace {
struct Buffer {
  memref::AllocOp alloc;
  unsigned first, last;
  /// Bytes, rounded up to the alignment; equal values mean equal sizes.
  Value bytes;
  unsigned place = 0;
};

struct Place {
  Value bytes;
  unsigned freeAfter;
};

class Planner {
public:
  Planner(func::FuncOp entry) : entry(entry) {}
  void run();

private:
  void numberOps();
  void measure();
  void assign();
  void replace();
  void createSizeFunction();
  /// The key of an index value: equal keys compute equal values.
  std::string keyOf(Value value);

  func::FuncOp entry;
  DenseMap<Operation *, unsigned> begin, end;
  SmallVector<Buffer> buffers;
  SmallVector<Place> places;
  Value total;
  llvm::StringMap<Value> sizes;
};
} // namespace

void Planner::numberOps() {
  unsigned counter = 0;
  std::function<void(Operation *)> visit = [&](Operation *op) {
    begin[op] = counter++;
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Operation &inner : block)
          visit(&inner);
    end[op] = counter++;
  };
  visit(entry);
}

/// What uses the memory, itself or through views of parts of it.
static void addUsers(Value memory, SmallVectorImpl<Operation *> &users) {
  for (Operation *user : memory.getUsers()) {
    users.push_back(user);
    if (auto view = dyn_cast<memref::SubViewOp>(user))
      addUsers(view.getResult(), users);
  }
}

/// Bytes of every buffer, made of the extents at the entry.
void Planner::measure() {
  entry.walk([&](memref::AllocOp alloc) {
    Buffer buffer;
    buffer.alloc = alloc;
    buffer.first = ~0u;
    buffer.last = 0;
    SmallVector<Operation *> users;
    addUsers(alloc.getResult(), users);
    for (Operation *user : users) {
      buffer.first = std::min(buffer.first, begin[user]);
      buffer.last = std::max(buffer.last, end[user]);
    }
    if (alloc->use_empty())
      buffer.first = 0;
    for (Operation *user : users)
      for (Operation *parent = user->getParentOp(); parent != entry;
           parent = parent->getParentOp())
        if (isa<LoopLikeOpInterface>(parent) && buffer.first < begin[parent])
          buffer.last = std::max(buffer.last, end[parent]);

    OpBuilder builder(alloc);
    Location loc = alloc.getLoc();
    MemRefType type = alloc.getType();
    int64_t width = type.getElementTypeBitWidth() / 8;
    Value bytes = arith::ConstantIndexOp::create(builder, loc, width);
    for (Value size : alloc.getDynamicSizes())
      bytes = arith::MulIOp::create(builder, loc, bytes, size);
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    Value units = arith::CeilDivUIOp::create(
        builder, loc, bytes, constant(STEEPEST_WORKSPACE_ALIGNMENT));
    bytes = arith::MulIOp::create(builder, loc, units,
                                  constant(STEEPEST_WORKSPACE_ALIGNMENT));
    // One value for equal sizes.
    auto [it, isNew] = sizes.try_emplace(keyOf(bytes), bytes);
    buffer.bytes = it->second;
    buffers.push_back(buffer);
  });
}

std::string Planner::keyOf(Value value) {
  std::string key;
  llvm::raw_string_ostream os(key);
  Operation *op = value.getDefiningOp();
  if (!op) {
    os << "arg" << cast<BlockArgument>(value).getArgNumber();
    return key;
  }
  os << op->getName().getStringRef() << op->getAttrDictionary() << '(';
  SmallVector<std::string> operands;
  for (Value operand : op->getOperands())
    operands.push_back(keyOf(operand));
  if (op->hasTrait<OpTrait::IsCommutative>())
    llvm::sort(operands);
  llvm::interleaveComma(operands, os);
  os << ')';
  return key;
}

void Planner::assign() {
  // Ties, which are unused buffers, need no order.
  llvm::sort(buffers, [](const Buffer &a, const Buffer &b) {
    return a.first < b.first;
  });
  for (Buffer &buffer : buffers) {
    auto free = llvm::find_if(places, [&](const Place &place) {
      return place.bytes == buffer.bytes && place.freeAfter < buffer.first;
    });
    if (free == places.end()) {
      places.push_back({buffer.bytes, 0});
      free = std::prev(places.end());
    }
    buffer.place = free - places.begin();
    free->freeAfter = buffer.last;
  }
}

void Planner::replace() {
  // Offsets are known once all sizes are: after the last allocation.
  Operation *last = nullptr;
  for (Buffer &buffer : buffers)
    if (!last || last->isBeforeInBlock(buffer.alloc))
      last = buffer.alloc;
  OpBuilder builder(entry.getContext());
  Location loc = entry.getLoc();
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(&entry.getBody().front());
  SmallVector<Value> offsets;
  total = arith::ConstantIndexOp::create(builder, loc, 0);
  for (Place &place : places) {
    offsets.push_back(total);
    total = arith::AddIOp::create(builder, loc, total, place.bytes);
  }
  Value workspace = entry.getArguments().back();
  for (Buffer &buffer : buffers) {
    auto view = memref::ViewOp::create(
        builder, buffer.alloc.getLoc(), buffer.alloc.getType(), workspace,
        offsets[buffer.place], buffer.alloc.getDynamicSizes());
    buffer.alloc.replaceAllUsesWith(view.getResult());
    buffer.alloc.erase();
  }
}

void Planner::createSizeFunction() {
  OpBuilder builder(entry);
  Location loc = entry.getLoc();
  unsigned tensors = 0;
  for (Type type : entry.getArgumentTypes().drop_back())
    tensors += isa<MemRefType>(type);
  SmallVector<Type> types(2 * tensors + 1, builder.getIndexType());
  auto function = func::FuncOp::create(
      builder, loc, (entry.getName() + "__workspace").str(),
      builder.getFunctionType(types, builder.getIndexType()));
  function->setAttr("kernel.workspace", builder.getUnitAttr());
  builder.setInsertionPointToStart(function.addEntryBlock());

  IRMapping mapping;
  std::function<Value(Value)> clone = [&](Value value) -> Value {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    Value result;
    if (auto dim = dyn_cast<memref::DimOp>(op)) {
      // Rows and columns of tensor t are arguments 2t and 2t + 1; a vector is
      // one row.
      auto argument = cast<BlockArgument>(dim.getSource());
      bool vector = cast<MemRefType>(argument.getType()).getRank() == 1;
      unsigned index = vector ? 1 : *dim.getConstantIndex();
      result = function.getArgument(2 * argument.getArgNumber() + index);
    } else if (isa<kernel::ThreadsOp>(op)) {
      result = function.getArgument(2 * tensors);
    } else {
      for (Value operand : op->getOperands())
        clone(operand);
      result = builder.clone(*op, mapping)->getResult(0);
    }
    mapping.map(value, result);
    return result;
  };
  func::ReturnOp::create(builder, loc, clone(total));
}

void Planner::run() {
  numberOps();
  measure();
  assign();
  replace();
  createSizeFunction();
  remark::analysis(entry.getLoc(), remark::RemarkOpts::name("Workspace")
                                       .category(category)
                                       .function(entry.getName()))
      << remark::metric("buffers", static_cast<int64_t>(buffers.size()))
      << remark::metric("places", static_cast<int64_t>(places.size()));
}

namespace {
struct PlanWorkspace : steepest::impl::PlanWorkspacePassBase<PlanWorkspace> {
  void runOnOperation() override {
    for (func::FuncOp function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function->hasAttr("kernel.entry"))
        Planner(function).run();
  }
};
} // namespace
