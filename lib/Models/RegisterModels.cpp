//===- RegisterModels.cpp - the mathematics of the language ---------------===//

#include "lib/Models/RegisterModels.h"
#include "dialect/Steepest/Steepest.h"
#include "lib/Models/Smoothed/Smoothed.h"

using namespace mlir;
using namespace steepest;

void steepest::registerModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, SteepestDialect *dialect) {
    attachNormModels(*context);
    attachManifoldModels(*context);
    attachSmoothedNorms(*context);
    // A context may be given the same extension by two registries.
    if (dialect->getMethods().all().empty())
      registerMethods(dialect->getMethods());
  });
}
