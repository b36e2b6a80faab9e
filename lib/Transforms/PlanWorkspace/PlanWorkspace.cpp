//===- PlanWorkspace.cpp - one workspace for all buffers ------------------===//
//
// Lifetimes. Ops are numbered in the order of a pre-order walk. A buffer lives
// from its first use to its last; if it is in use before a loop and inside it,
// it lives to the end of the loop, since the next iteration reads it again. A
// buffer whose first use is inside a loop is written there before it is read,
// in every iteration.
//
// Conditions. A buffer that is used in one branch only, of a condition that the
// extents decide (which side is shorter, which route is cheaper), takes no room
// where they decide for the other: its size is 0 then.
//
// Places. Sizes are symbolic; a reference shape orders them. The largest buffer
// is placed first; each takes the smallest place in which nothing else lives at
// its time, or a new one. A place is as large as the largest of its buffers,
// for any shape: where the reference shape misleads, memory is lost, nothing
// else. No plan can need less than the buffers that live at the same time.
//
//===----------------------------------------------------------------------===//

#include "dialect/Kernel/Kernel.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/PlanWorkspace/ShapeFunction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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
  unsigned number, first, last;
  /// Bytes, rounded up to the alignment; equal values mean equal sizes.
  Value bytes;
  /// The same at the reference shape.
  int64_t reference = 0;
  unsigned place = 0;

  bool isBefore(const Buffer &other) const {
    return first != other.first ? first < other.first : number < other.number;
  }
  bool livesWith(const Buffer &other) const {
    return first <= other.last && other.first <= last;
  }
};

struct Place {
  /// Different sizes of its buffers.
  llvm::SetVector<Value> sizes;
  int64_t reference = 0;
  SmallVector<const Buffer *> buffers;
};

class Planner {
public:
  Planner(func::FuncOp entry) : entry(entry), builder(entry.getContext()) {}
  void run();

private:
  void numberOps();
  void measure();
  /// What decides whether any of `users` runs, made of extents at the place of
  /// the builder; null when they do not decide it, or always run.
  Value findCondition(ArrayRef<Operation *> users);
  /// The value at the place of the builder; null if it is not made of extents.
  Value rebuild(Value value);
  void assign();
  void replace();
  void createSizeFunction();
  /// The largest sum of sizes of buffers that live at one time, at the
  /// reference shape.
  int64_t findLowerBound() const;
  /// Equal numbers compute equal values.
  unsigned numberOf(Value value);

  func::FuncOp entry;
  /// After the last allocation, where all sizes are known.
  OpBuilder builder;
  DenseMap<Value, Value> rebuilt;
  DenseMap<Operation *, unsigned> begin, end;
  SmallVector<Buffer> buffers;
  SmallVector<Place> places;
  Value total;
  /// By number.
  DenseMap<unsigned, Value> sizes;
  DenseMap<Value, unsigned> numbers;
  llvm::StringMap<unsigned> keys;
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

Value Planner::rebuild(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  auto [it, isNew] = rebuilt.try_emplace(value, Value());
  if (!isNew)
    return it->second;
  Value result;
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    auto alloc = dim.getSource().getDefiningOp<memref::AllocOp>();
    if (index && alloc && alloc.getType().isDynamicDim(*index))
      result =
          alloc.getDynamicSizes()[alloc.getType().getDynamicDimIndex(*index)];
    else if (index && isa<BlockArgument>(dim.getSource()))
      result =
          memref::DimOp::create(builder, op->getLoc(), dim.getSource(), *index);
  } else if (op->getNumResults() == 1 && op->getNumRegions() == 0 &&
             isMemoryEffectFree(op)) {
    IRMapping operands;
    for (Value operand : op->getOperands()) {
      Value made = rebuild(operand);
      if (!made)
        return {};
      operands.map(operand, made);
    }
    result = builder.clone(*op, operands)->getResult(0);
  }
  return rebuilt[value] = result;
}

Value Planner::findCondition(ArrayRef<Operation *> users) {
  Value condition;
  if (users.empty())
    return condition;
  for (Region *region = users.front()->getParentRegion();
       region != &entry.getBody(); region = region->getParentRegion()) {
    auto branch = dyn_cast<scf::IfOp>(region->getParentOp());
    if (!branch || !llvm::all_of(users, [&](Operation *user) {
          return region->isAncestor(user->getParentRegion());
        }))
      continue;
    Value taken = rebuild(branch.getCondition());
    if (!taken)
      continue;
    if (region == &branch.getElseRegion())
      taken = arith::XOrIOp::create(
          builder, branch.getLoc(), taken,
          arith::ConstantIntOp::create(builder, branch.getLoc(), 1, 1));
    condition = condition ? arith::AndIOp::create(builder, branch.getLoc(),
                                                  condition, taken)
                          : taken;
  }
  return condition;
}

/// Bytes of every buffer, made of the extents at the entry.
void Planner::measure() {
  Operation *last = nullptr;
  entry.walk([&](memref::AllocOp alloc) {
    if (!last || last->isBeforeInBlock(alloc))
      last = alloc;
  });
  if (last)
    builder.setInsertionPointAfter(last);
  else
    builder.setInsertionPointToStart(&entry.getBody().front());
  entry.walk([&](memref::AllocOp alloc) {
    Buffer buffer;
    buffer.alloc = alloc;
    buffer.number = buffers.size();
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
    if (Value condition = findCondition(users))
      bytes =
          arith::SelectOp::create(builder, loc, condition, bytes, constant(0));
    // One value for equal sizes.
    auto [it, isNew] = sizes.try_emplace(numberOf(bytes), bytes);
    buffer.bytes = it->second;
    buffers.push_back(buffer);
  });
}

unsigned Planner::numberOf(Value value) {
  if (auto it = numbers.find(value); it != numbers.end())
    return it->second;
  std::string key;
  llvm::raw_string_ostream os(key);
  if (Operation *op = value.getDefiningOp()) {
    os << op->getName().getStringRef() << op->getAttrDictionary() << '(';
    SmallVector<unsigned> operands;
    for (Value operand : op->getOperands())
      operands.push_back(numberOf(operand));
    if (op->hasTrait<OpTrait::IsCommutative>())
      llvm::sort(operands);
    llvm::interleaveComma(operands, os);
    os << ')';
  } else {
    os << "arg" << cast<BlockArgument>(value).getArgNumber();
  }
  unsigned number = keys.try_emplace(key, keys.size()).first->second;
  return numbers[value] = number;
}

void Planner::assign() {
  ReferenceShape shape(entry);
  for (Buffer &buffer : buffers)
    buffer.reference = shape.evaluate(buffer.bytes);
  llvm::sort(buffers, [](const Buffer &a, const Buffer &b) {
    if (a.reference != b.reference)
      return a.reference > b.reference;
    return a.isBefore(b);
  });
  for (Buffer &buffer : buffers) {
    Place *best = nullptr;
    auto isBetter = [&](const Place &place) {
      if (!best || place.reference != best->reference)
        return !best || place.reference < best->reference;
      return place.sizes.contains(buffer.bytes) &&
             !best->sizes.contains(buffer.bytes);
    };
    for (Place &place : places)
      if (llvm::none_of(
              place.buffers,
              [&](const Buffer *other) { return other->livesWith(buffer); }) &&
          isBetter(place))
        best = &place;
    if (!best) {
      places.push_back({});
      best = &places.back();
      best->reference = buffer.reference;
    }
    best->sizes.insert(buffer.bytes);
    best->buffers.push_back(&buffer);
    buffer.place = best - places.begin();
  }
}

int64_t Planner::findLowerBound() const {
  int64_t bound = 0;
  // The sum changes upwards only where a buffer begins to live.
  for (const Buffer &at : buffers) {
    int64_t living = 0;
    for (const Buffer &buffer : buffers)
      if (buffer.first <= at.first && at.first <= buffer.last)
        living += buffer.reference;
    bound = std::max(bound, living);
  }
  return bound;
}

void Planner::replace() {
  Location loc = entry.getLoc();
  SmallVector<Value> offsets;
  total = arith::ConstantIndexOp::create(builder, loc, 0);
  for (Place &place : places) {
    offsets.push_back(total);
    Value bytes = place.sizes.front();
    for (Value other : place.sizes.getArrayRef().drop_front())
      bytes = arith::MaxUIOp::create(builder, loc, bytes, other);
    total = arith::AddIOp::create(builder, loc, total, bytes);
  }
  Value workspace = entry.getArguments().back();
  // In the order of the program, which is easier to read.
  SmallVector<Buffer *> inOrder;
  for (Buffer &buffer : buffers)
    inOrder.push_back(&buffer);
  llvm::sort(inOrder,
             [](const Buffer *a, const Buffer *b) { return a->isBefore(*b); });
  for (Buffer *buffer : inOrder) {
    auto view = memref::ViewOp::create(
        builder, buffer->alloc.getLoc(), buffer->alloc.getType(), workspace,
        offsets[buffer->place], buffer->alloc.getDynamicSizes());
    buffer->alloc.replaceAllUsesWith(view.getResult());
    buffer->alloc.erase();
  }
}

void Planner::createSizeFunction() {
  ShapeFunction function(entry, "__workspace",
                         kernel::KernelDialect::getWorkspaceAttrName(),
                         /*takesThreads=*/true);
  function.finish(function.clone(total));
}

void Planner::run() {
  numberOps();
  measure();
  assign();
  replace();
  createSizeFunction();
  int64_t peak = 0;
  for (const Place &place : places)
    peak += place.reference;
  remark::analysis(entry.getLoc(), remark::RemarkOpts::name("Workspace")
                                       .category(category)
                                       .function(entry.getName()))
      << remark::metric("buffers", static_cast<int64_t>(buffers.size()))
      << remark::metric("places", static_cast<int64_t>(places.size()))
      << remark::metric("shape", ReferenceShape::getName())
      << remark::metric("bytes", peak)
      << remark::metric("leastBytes", findLowerBound());
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
