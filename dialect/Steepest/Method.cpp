//===- Method.cpp - the registry of methods -------------------------------===//

#include "dialect/Steepest/Method.h"
#include "llvm/ADT/STLExtras.h"

using namespace steepest;

void MethodRegistry::add(std::unique_ptr<DirectionMethod> method) {
  auto later = llvm::find_if(methods, [&](const auto &other) {
    return other->getCost() > method->getCost();
  });
  methods.insert(later, std::move(method));
}

const DirectionMethod *MethodRegistry::find(llvm::StringRef name) const {
  auto it = llvm::find_if(
      methods, [&](const auto &method) { return method->getName() == name; });
  return it == methods.end() ? nullptr : it->get();
}
