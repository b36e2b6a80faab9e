//===- Directions.cpp - solving directions on numbers ---------------------===//

#include "test/Unit/Laws/Directions.h"
#include "lib/Models/Methods/Contract.h"
#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

static Attribute parseOrNull(StringRef text) {
  return text.empty() ? Attribute() : parse(text);
}

/// The first method that matches, as the compiler chooses it; the reasons of
/// the others.
static const DirectionMethod *choose(DirectionOp op, std::string &reasons) {
  auto *dialect = getContext().getLoadedDialect<SteepestDialect>();
  for (const auto &method : dialect->getMethods().all()) {
    if (method->isByRequest())
      continue;
    std::string reason;
    if (succeeded(method->match(op, reason)))
      return method.get();
    reasons += (method->getName() + ": " + reason + "\n").str();
  }
  return nullptr;
}

/// Builds the direction and replaces it by its solution.
static SmallVector<Value> build(FormulaBuilder &m, ValueRange arguments,
                                const Question &question, Answer &answer) {
  Value g = arguments[0], w = arguments.size() > 1 ? arguments[1] : Value();
  Attribute manifold = parseOrNull(question.manifold);
  auto op = DirectionOp::create(
      m.getBuilder(), m.getLoc(), g.getType(), /*new_normal=*/Type(), g,
      manifold ? w : Value(), /*normal=*/Value(),
      arguments.drop_front(std::min<size_t>(2, arguments.size())),
      parse(question.norm), manifold, /*penalty=*/false,
      parseOrNull(question.accuracy), parseOrNull(question.polynomial),
      IntegerAttr());
  SmallVector<Value> results;
  if (const DirectionMethod *chosen = choose(op, answer.rejected)) {
    answer.method = chosen->getName().str();
    FailureOr<Attribute> contract = getMsignContract(op);
    FailureOr<SolvedDirection> solved = failure();
    if (succeeded(contract))
      solved = chosen->build(m, op, *contract);
    if (failed(solved)) {
      ADD_FAILURE() << "cannot build " << answer.method;
    } else {
      auto orZero = [&](Value value) { return value ? value : m.constant(0); };
      results = {solved->phi,
                 solved->value,
                 solved->bound,
                 orZero(solved->tangency),
                 orZero(solved->iterations),
                 orZero(solved->outcome)};
    }
  }
  op.erase();
  return results;
}

Answer laws::solve(const Question &question, const Matrix &g, const Matrix &w) {
  Type element = question.isFloat32 ? Type(Float32Type::get(&getContext()))
                                    : Type(Float64Type::get(&getContext()));
  Type type = typeOf(g, question.rank, question.isStatic, element);
  SmallVector<Type> types = {type};
  Data arguments = {datumOf(g, question.rank)};
  auto add = [&](const Matrix &x) {
    types.push_back(type);
    arguments.push_back(datumOf(x, question.rank));
  };
  if (w.size() || question.weights.size())
    add(w.size() ? w : g);
  if (question.weights.size())
    add(question.weights);
  Answer answer{{}, Matrix::Zero(g.rows(), g.cols()), 0, 0, 0, 0, 0};
  Data results =
      evaluate(types, arguments, [&](FormulaBuilder &m, ValueRange values) {
        return build(m, values, question, answer);
      });
  if (results.size() != 6)
    return answer;
  answer.phi = results[0].matrix();
  answer.value = results[1].real();
  answer.bound = results[2].real();
  answer.tangency = results[3].real();
  answer.iterations = results[4].real();
  answer.outcome = results[5].real();
  return answer;
}

double laws::lengthOf(const Question &question, const Matrix &x) {
  Input like{"", x, question.rank, question.isStatic};
  SmallVector<Matrix> operands;
  if (question.weights.size())
    operands.push_back(question.weights);
  return measure(parse(question.norm), x, like, operands).norm;
}
