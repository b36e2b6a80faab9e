//===- CheckRetractions.cpp - parameters that leave their manifold --------===//

#include "lib/Transforms/Normalize/CheckRetractions.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace steepest;

/// Whether `op` puts what it is given back on `manifold`.
static bool returnsTo(Attribute manifold, Operation *op) {
  if (auto retract = dyn_cast<RetractOp>(op))
    return retract.getManifold() == manifold;
  if (auto nearest = dyn_cast<NearestOp>(op))
    return nearest.getManifold() == manifold;
  return false;
}

/// Whether `direction` reaches the new value of `parameter` on a way that does
/// not return to the manifold. A rule may also hand out the direction itself,
/// for others to step along.
static bool leavesManifold(DirectionOp direction, Value parameter,
                           UpdateOp update) {
  SetVector<Value> reached;
  reached.insert(direction.getResult());
  for (unsigned i = 0; i < reached.size(); ++i)
    for (Operation *user : reached[i].getUsers()) {
      // What a conditional or loop yields is what it results in.
      bool yields = user->hasTrait<OpTrait::IsTerminator>() && user != update;
      Operation *op = yields ? user->getParentOp() : user;
      if (!returnsTo(*direction.getManifold(), op))
        reached.insert_range(op->getResults());
    }
  Value next = update.getValueOf(parameter);
  return next != direction.getResult() && reached.contains(next);
}

void steepest::checkRetractions(OptimizerOp optimizer) {
  UpdateOp update = optimizer.getUpdate();
  optimizer.walk([&](DirectionOp direction) {
    if (!direction.getManifold())
      return;
    auto manifold = dyn_cast<ManifoldAttrInterface>(*direction.getManifold());
    auto point = dyn_cast<BlockArgument>(direction.getPoint());
    bool isParameter = point && point.getOwner() == update->getBlock() &&
                       point.getArgNumber() < optimizer.getNumParameters();
    if (!manifold || manifold.getManifoldFacts().affine || !isParameter ||
        !leavesManifold(direction, point, update))
      return;
    StringRef name = optimizer.getArgumentName(point.getArgNumber());
    InFlightDiagnostic warning = direction.emitWarning();
    warning << "the direction is tangent to " << manifold << ", but '" << name
            << "' is updated without a retraction and leaves it";
    warning.attachNote() << "`steepest.retract %" << name
                         << ", %direction, %rate on(" << manifold
                         << ")` takes the step and stays on it";
  });
}
