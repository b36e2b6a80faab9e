//===- steepest-opt.cpp - run passes on specs and look at the result ------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Models/SupportTable.h"
#include "lib/Pipelines/Register.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

using namespace mlir;

/// steepest-opt --print-support [--load-dialect-plugin=file.so] [#norm ...]
static LogicalResult printSupport(DialectRegistry &registry,
                                  ArrayRef<const char *> arguments) {
  SmallVector<StringRef> texts;
  for (StringRef argument : arguments) {
    if (argument == "--print-support")
      continue;
    if (!argument.consume_front("--load-dialect-plugin=")) {
      texts.push_back(argument);
      continue;
    }
    llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(argument.str());
    if (!plugin) {
      llvm::errs() << "steepest-opt: error: "
                   << llvm::toString(plugin.takeError()) << '\n';
      return failure();
    }
    plugin->registerDialectRegistryCallbacks(registry);
  }
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  SmallVector<Attribute> members;
  for (StringRef text : texts) {
    Attribute member = parseAttribute(text, &context);
    if (!member)
      return failure();
    if (!isa<steepest::NormAttrInterface, steepest::ManifoldAttrInterface>(
            member)) {
      llvm::errs() << "steepest-opt: error: expects norms and manifolds to "
                      "add to the table, got "
                   << text << '\n';
      return failure();
    }
    members.push_back(member);
  }
  steepest::printSupport(context, members, llvm::outs());
  return success();
}

int main(int argc, char **argv) {
  DialectRegistry registry;
  steepest::registerEverything(registry);
  ArrayRef<const char *> arguments(argv + 1, argc - 1);
  if (llvm::any_of(arguments, [](StringRef argument) {
        return argument == "--print-support";
      }))
    return asMainReturnCode(printSupport(registry, arguments));
  steepest::registerAllPasses();
  return asMainReturnCode(
      MlirOptMain(argc, argv,
                  "Steepest optimizer driver\n\n"
                  "  steepest-opt --print-support\n\n"
                  "prints which method solves which norm on which manifold\n",
                  registry));
}
