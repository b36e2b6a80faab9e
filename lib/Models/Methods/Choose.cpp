//===- Choose.cpp - which method solves a direction -----------------------===//

#include "lib/Models/Methods/Choose.h"

using namespace mlir;
using namespace steepest;

static MethodRegistry &getRegistry(DirectionOp op) {
  return op->getContext()->getLoadedDialect<SteepestDialect>()->getMethods();
}

const DirectionMethod *
steepest::chooseAutomatically(DirectionOp op,
                              SmallVectorImpl<RejectedMethod> &rejected) {
  for (const auto &method : getRegistry(op).all()) {
    if (method->isByRequest())
      continue;
    std::string reason;
    if (succeeded(method->match(op, reason)))
      return method.get();
    rejected.push_back({method.get(), std::move(reason)});
  }
  return nullptr;
}

const DirectionMethod *steepest::chooseMethod(DirectionOp op) {
  SmallVector<RejectedMethod> rejected;
  StringRef name = op.getMethodName();
  if (name.empty())
    return chooseAutomatically(op, rejected);
  const DirectionMethod *method = getRegistry(op).find(name);
  std::string reason;
  return method && succeeded(method->match(op, reason)) ? method : nullptr;
}

StringRef steepest::describeCost(unsigned cost) {
  return cost == 0   ? "closed form"
         : cost < 10 ? "one multiplier"
         : cost < 20 ? "Newton"
                     : "splitting";
}
