//===- SupportTable.cpp - which method solves which pair ------------------===//

#include "lib/Models/SupportTable.h"
#include "lib/Models/Methods/Choose.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace steepest;

static const StringRef norms[] = {
    "l1",
    "l2",
    "lp<1.5>",
    "lp<3.0>",
    "linf",
    "frobenius",
    "rms",
    "weighted_l2",
    "linf_l2<2.0>",
    "columns",
    "rows",
    "max_columns<#steepest.l1>",
    "max_columns<#steepest.lp<3.0>>",
    "max_rows<#steepest.l1>",
    "max_rows<#steepest.lp<3.0>>",
    "operator<from = #steepest.rms, to = #steepest.linf>",
    "operator<from = #steepest.linf, to = #steepest.l2>",
    "spectral",
    "rms_to_rms",
    "nuclear",
    "schatten<1.5>",
    "schatten<4.0>",
    "ky_fan<2>",
    "ky_fan_dual<2>",
    "spectral_frobenius<2.0>",
    "smoothed_spectral<0.1>",
    "blocks<norm = #steepest.spectral, rows = 2>",
    "scaled<norm = #steepest.spectral, max = 0.5>",
    "transported<norm = #steepest.frobenius>",
};

static const StringRef manifolds[] = {
    "sphere",
    "norm_sphere<norm = #steepest.lp<3.0>>",
    "norm_sphere<norm = #steepest.linf>",
    "norm_sphere<norm = #steepest.l1>",
    "norm_sphere<norm = #steepest.spectral>",
    "norm_sphere<norm = #steepest.nuclear>",
    "norm_sphere<norm = #steepest.schatten<4.0>>",
    "norm_sphere<norm = #steepest.columns>",
    "norm_ball<norm = #steepest.frobenius>",
    "norm_ball<norm = #steepest.linf>",
    "norm_ball<norm = #steepest.spectral>",
    "oblique_columns",
    "oblique_rows",
    "orthogonal",
    "stiefel",
    "grassmann",
    "gram_diagonal",
    "zero_row_sums",
    "zero_column_sums",
    "symmetric",
    "skew_symmetric",
    "fixed_trace",
};

template <typename Interface>
static std::vector<Attribute> parseAll(MLIRContext &context,
                                       ArrayRef<StringRef> texts,
                                       ArrayRef<Attribute> more) {
  std::vector<Attribute> members;
  for (StringRef text : texts)
    members.push_back(parseAttribute(("#steepest." + text).str(), &context));
  for (Attribute member : more)
    if (isa<Interface>(member))
      members.push_back(member);
  return members;
}

std::vector<Attribute>
steepest::getRepresentativeNorms(MLIRContext &context,
                                 ArrayRef<Attribute> more) {
  return parseAll<NormAttrInterface>(context, norms, more);
}

std::vector<Attribute>
steepest::getRepresentativeManifolds(MLIRContext &context,
                                     ArrayRef<Attribute> more) {
  return parseAll<ManifoldAttrInterface>(context, manifolds, more);
}

/// As users write it, without the prefix that all of ours have.
static std::string shortName(Attribute attribute) {
  if (!attribute)
    return "none";
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  std::string result;
  StringRef rest = text;
  while (!rest.empty()) {
    auto [before, after] = rest.split("#steepest.");
    result += before;
    rest = after;
  }
  return result;
}

Attribute steepest::getUnitNorm(Attribute norm, RankedTensorType type) {
  while (true) {
    Attribute simpler = norm;
    if (auto scaled = dyn_cast<ScaledAttr>(norm))
      simpler = scaled.getNorm();
    else if (auto member = dyn_cast<NormAttrInterface>(norm))
      simpler = member.getCanonicalNorm(type);
    if (simpler == norm)
      return norm;
    norm = simpler;
  }
}

namespace {
/// Offers one direction after the other to the verifier and the methods.
class Prober {
public:
  Prober(MLIRContext &context, unsigned rank)
      : context(context), builder(&context),
        type(RankedTensorType::get(
            SmallVector<int64_t>(rank, ShapedType::kDynamic),
            builder.getF32Type())) {}

  SupportCell probe(Attribute norm, Attribute manifold);
  /// Whether the member alone is refused for tensors of this rank.
  bool refuses(Attribute norm, Attribute manifold);

private:
  /// The first error that verifying this direction gives; empty when there is
  /// none.
  std::string verify(DirectionOp op);
  DirectionOp build(Block &block, Attribute norm, Attribute manifold);
  unsigned countOperands(Attribute norm);

  MLIRContext &context;
  OpBuilder builder;
  RankedTensorType type;
};
} // namespace

/// The least number of operands of the tensor's type that the norm accepts.
unsigned Prober::countOperands(Attribute norm) {
  auto member = dyn_cast<NormAttrInterface>(norm);
  ScopedDiagnosticHandler handler(&context,
                                  [](Diagnostic &) { return success(); });
  auto quiet = [&] { return emitError(UnknownLoc::get(&context)); };
  for (unsigned count : {0u, 1u, 2u})
    if (member && succeeded(member.verifyNorm(quiet, type,
                                              SmallVector<Type>(count, type))))
      return count;
  return 0;
}

DirectionOp Prober::build(Block &block, Attribute norm, Attribute manifold) {
  Location loc = UnknownLoc::get(&context);
  builder.setInsertionPointToEnd(&block);
  Value g = block.addArgument(type, loc), w = block.addArgument(type, loc);
  SmallVector<Value> operands;
  for (unsigned i = countOperands(norm); i > 0; --i)
    operands.push_back(block.addArgument(type, loc));
  return DirectionOp::create(
      builder, loc, type, /*new_normal=*/Type(), g, manifold ? w : Value(),
      /*normal=*/Value(), operands, norm, manifold, /*penalty=*/false,
      /*accuracy=*/Attribute(), /*method=*/Attribute(), IntegerAttr());
}

std::string Prober::verify(DirectionOp op) {
  std::string text;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (text.empty())
      text = diagnostic.str();
    return success();
  });
  if (succeeded(mlir::verify(op)))
    return {};
  StringRef message = text;
  message.consume_front("'steepest.direction' op ");
  return message.str();
}

bool Prober::refuses(Attribute norm, Attribute manifold) {
  Block block;
  return !verify(build(block, norm, manifold)).empty();
}

SupportCell Prober::probe(Attribute norm, Attribute manifold) {
  SupportCell cell;
  cell.norm = shortName(norm);
  cell.manifold = shortName(manifold);
  Block block;
  cell.reason = verify(build(block, norm, manifold));
  if (!cell.reason.empty())
    return cell;
  DirectionOp op = build(block, getUnitNorm(norm, type), manifold);
  SmallVector<RejectedMethod> rejected;
  if (const DirectionMethod *method = chooseAutomatically(op, rejected)) {
    cell.method = method->getName().str();
    cell.kind = describeCost(method->getCost()).str();
  } else if (!rejected.empty()) {
    // The most general method says what is missing.
    cell.reason =
        rejected.back().method->getName().str() + ": " + rejected.back().reason;
  }
  return cell;
}

std::vector<SupportCell> steepest::makeSupportTable(MLIRContext &context,
                                                    unsigned rank,
                                                    ArrayRef<Attribute> more) {
  Prober prober(context, rank);
  bool isMatrix = rank > 1;
  std::vector<Attribute> columns = {Attribute()};
  for (Attribute manifold : getRepresentativeManifolds(context, more))
    if (isMatrix || !prober.refuses(FrobeniusAttr::get(&context), manifold))
      columns.push_back(manifold);
  std::vector<SupportCell> cells;
  for (Attribute norm : getRepresentativeNorms(context, more)) {
    if (!isMatrix && prober.refuses(norm, {}))
      continue;
    for (Attribute manifold : columns)
      cells.push_back(prober.probe(norm, manifold));
  }
  return cells;
}

/// Rows of norms, columns of manifolds, and what is refused below.
static void printTable(ArrayRef<SupportCell> cells, llvm::raw_ostream &os) {
  std::string first = cells.front().norm;
  os << "| |";
  size_t columns = 0;
  for (const SupportCell &cell : cells) {
    if (cell.norm != first)
      break;
    os << " " << cell.manifold << " |";
    ++columns;
  }
  os << "\n|---|";
  for (size_t i = 0; i < columns; ++i)
    os << "---|";
  llvm::MapVector<StringRef, SmallVector<std::string>> refused;
  for (size_t i = 0; i < cells.size(); ++i) {
    const SupportCell &cell = cells[i];
    if (i % columns == 0)
      os << "\n| **" << cell.norm << "** |";
    os << " " << (cell.method.empty() ? "refused" : cell.method) << " |";
    if (cell.method.empty())
      refused[cell.reason].push_back(cell.norm + " on " + cell.manifold);
  }
  os << "\n";
  if (refused.empty())
    return;
  os << "\nRefused:\n\n";
  for (auto &[reason, pairs] : refused) {
    os << "- " << reason << ": ";
    llvm::interleaveComma(pairs, os);
    os << "\n";
  }
}

void steepest::printSupport(MLIRContext &context, ArrayRef<Attribute> more,
                            llvm::raw_ostream &os) {
  os << "# What solves which pair\n\n"
        "Norms in rows, manifolds in columns; each cell names the method that "
        "is taken unless another is asked for. `steepest-opt --print-support` "
        "writes this page from what is registered, a plugin's members "
        "included.\n\n";
  auto *dialect = context.getLoadedDialect<SteepestDialect>();
  os << "| method | kind | options | |\n|---|---|---|---|\n";
  for (const auto &method : dialect->getMethods().all())
    os << "| " << method->getName() << " | " << describeCost(method->getCost())
       << (method->isByRequest() ? ", by request" : "") << " | "
       << llvm::join(method->getOptions(), ", ") << " | "
       << method->getArgument() << " |\n";
  os << "\n## Matrices\n\n";
  printTable(makeSupportTable(context, 2, more), os);
  os << "\n## Vectors\n\n";
  printTable(makeSupportTable(context, 1, more), os);
}
