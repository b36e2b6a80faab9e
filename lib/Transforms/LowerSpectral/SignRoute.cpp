//===- SignRoute.cpp - the ways to a polar factor, and their choice -------===//

#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

static constexpr StringLiteral category = "steepest-lower-spectral";

/// A route with factors of one type.
template <typename Factors, std::unique_ptr<SignRoute> (*prepare)(
                                const SignProblem &, Type, std::string &)>
static std::unique_ptr<SignRoute> prepareWith(const SignProblem &problem,
                                              std::string &refusal) {
  return prepare(problem, Factors::get(problem.type.getContext()), refusal);
}

// Of two that take as long, the one that rounds less.
ArrayRef<SignFamily> steepest::getSignFamilies() {
  static const SignFamily families[] = {
      {"standard", prepareStandardSign},
      {"tf32", prepareWith<FloatTF32Type, prepareRoundedSign>},
      {"f16", prepareWith<Float16Type, prepareRoundedSign>},
      {"bf16", prepareWith<BFloat16Type, prepareRoundedSign>},
      {"gram", prepareGramSign},
      {"tf32-gram", prepareWith<FloatTF32Type, prepareRoundedGramSign>},
      {"f16-gram", prepareWith<Float16Type, prepareRoundedGramSign>},
      {"bf16-gram", prepareWith<BFloat16Type, prepareRoundedGramSign>},
      {"rational", prepareRationalSign},
      {"rational-steps", prepareRationalStepsSign},
      {"exact", prepareExactSign},
  };
  return families;
}

LogicalResult SignTarget::set(MLIRContext *context, unsigned vectorBits,
                              bool device, bool stepPairs,
                              ArrayRef<std::string> factors) {
  auto types = getFactorTypes(context, factors);
  if (failed(types))
    return failure();
  this->vectorBits = vectorBits;
  this->device = device;
  this->stepPairs = stepPairs;
  this->factors.assign(types->begin(), types->end());
  return success();
}

SignProblem steepest::getSignProblem(RankedTensorType type, Attribute contract,
                                     const SignTarget &target) {
  SignProblem problem;
  problem.type = type;
  problem.contract = contract;
  problem.factors = target.factors;
  problem.stepPairs = target.stepPairs && !target.device;
  if (auto forced = dyn_cast<matrix::PolynomialsAttr>(contract)) {
    ArrayRef<double> c = forced.getCoefficients();
    Schedule schedule;
    for (size_t i = 0; i < c.size(); i += 3)
      schedule.steps.push_back({c[i], c[i + 1], c[i + 2]});
    problem.schatten4 = forced.getSchatten4();
    problem.lowest = forced.getLowest();
    double lowest = problem.lowest > 0 ? problem.lowest : 1e-3;
    schedule.error = imageOf(schedule.steps, lowest, 1).error();
    problem.rounding = forced.getRounding();
    problem.allowance = problem.lowest > 0
                            ? problem.rounding
                            : std::max(schedule.error / 50, problem.rounding);
    problem.steps = schedule;
  }
  return problem;
}

/// The route of a family, where it keeps the contract for this type.
static std::unique_ptr<SignRoute> prepareRoute(const SignFamily &family,
                                               const SignProblem &problem,
                                               std::string &refusal) {
  std::unique_ptr<SignRoute> route = family.prepare(problem, refusal);
  if (!route)
    return nullptr;
  for (int64_t extent : problem.type.getShape())
    if (!ShapedType::isDynamic(extent) && extent < route->getLeastExtent()) {
      refusal = llvm::formatv("keeps the contract from {0} rows and columns "
                              "on, X has {1}",
                              route->getLeastExtent(), extent);
      return nullptr;
    }
  return route;
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

namespace {
struct Candidate {
  StringLiteral name;
  std::unique_ptr<SignRoute> route;
  Cost cost;
};
} // namespace

/// A route is worth its code where it saves this fraction.
static constexpr double worthwhile = 0.05;

/// Pairs (n, m) of extents that the type of X allows, on a grid of a factor
/// of 2 from 16 to 16384 with n up to 64 m.
static SmallVector<std::pair<double, double>>
possibleExtents(RankedTensorType type) {
  int64_t rows = type.getDimSize(0), cols = type.getDimSize(1);
  SmallVector<std::pair<double, double>> extents;
  auto add = [&](int64_t a, int64_t b) {
    extents.emplace_back(std::max(a, b), std::min(a, b));
  };
  auto range = [&](int64_t least, int64_t most,
                   function_ref<void(int64_t)> body) {
    for (int64_t extent = least; extent <= most; extent *= 2)
      body(extent);
  };
  bool openRows = ShapedType::isDynamic(rows);
  bool openCols = ShapedType::isDynamic(cols);
  if (!openRows && !openCols)
    add(rows, cols);
  else if (openRows && openCols)
    range(16, 16384,
          [&](int64_t m) { range(m, 64 * m, [&](int64_t n) { add(n, m); }); });
  else
    range(16, 16384, [&](int64_t e) { add(e, openRows ? cols : rows); });
  return extents;
}

/// Drops candidates that another one makes superfluous.
static void
dropDominated(SmallVector<Candidate> &candidates,
              ArrayRef<std::pair<double, double>> extents,
              function_ref<void(const Candidate &, StringRef)> rejected) {
  // For one pair of extents the cheapest is the one.
  double margin = extents.size() == 1 ? 0 : worthwhile;
  auto dominates = [&](const Candidate &a, const Candidate &b) {
    return llvm::all_of(extents, [&](std::pair<double, double> at) {
      return a.cost.at(at.first, at.second) <=
             (1 + margin) * b.cost.at(at.first, at.second);
    });
  };
  // Something must serve extents that are too small for the others.
  auto servesSmall = [&](const Candidate &a, const Candidate &b) {
    return a.route->getLeastExtent() <= b.route->getLeastExtent();
  };
  auto canGo = [&](const Candidate &candidate) {
    return extents.size() == 1 ||
           llvm::any_of(candidates, [&](const Candidate &other) {
             return &other != &candidate && servesSmall(other, candidate);
           });
  };
  for (size_t i = 0; i < candidates.size();) {
    // What is strictly better somewhere is asked first, by its mean advantage.
    auto better = llvm::find_if(candidates, [&](const Candidate &other) {
      if (&other == &candidates[i] || !canGo(candidates[i]) ||
          !dominates(other, candidates[i]))
        return false;
      if (!dominates(candidates[i], other))
        return true;
      double balance = 0;
      for (auto [n, m] : extents)
        balance += std::log(other.cost.at(n, m) / candidates[i].cost.at(n, m));
      return balance < 0 || (balance == 0 && &other < &candidates[i]);
    });
    if (better == candidates.end()) {
      ++i;
      continue;
    }
    rejected(candidates[i], better->name);
    candidates.erase(candidates.begin() + i);
    i = 0;
  }
}

/// The cheapest of several that keep the contract, decided while running. They
/// are sorted by the extents that they need, the last needs none.
static SmallVector<Value> buildFastest(FormulaBuilder &m, Value x, Value larger,
                                       Value smaller,
                                       ArrayRef<Candidate> candidates) {
  auto all = [](const FormulaBuilder::Msign &sign) {
    return SmallVector<Value>{sign.result, sign.nuclear, sign.spectral};
  };
  const Candidate &first = candidates.front();
  if (candidates.size() == 1)
    return all(first.route->build(m, x));
  Value rest;
  for (const Candidate &other : candidates.drop_front()) {
    Value cost = other.cost.build(m, larger, smaller);
    rest = rest ? m.min(rest, cost) : cost;
  }
  Value best = m.compare(arith::CmpFPredicate::OLE,
                         first.cost.build(m, larger, smaller), rest);
  if (int64_t least = first.route->getLeastExtent(); least > 1)
    best = m.logicalAnd(
        best, m.compare(arith::CmpFPredicate::OGE, smaller, m.constant(least)));
  return m.branch(
      best,
      [&](FormulaBuilder &inner) { return all(first.route->build(inner, x)); },
      [&](FormulaBuilder &inner) {
        return buildFastest(inner, x, larger, smaller, candidates.drop_front());
      });
}

/// Costs at sizes that people know, for remarks.
static std::string printCosts(const Cost &cost,
                              ArrayRef<std::pair<double, double>> extents) {
  auto at = [&](double n, double m) {
    return llvm::formatv("{0} at {1:f0} x {2:f0}", printTime(cost.at(n, m)), n,
                         m)
        .str();
  };
  if (extents.size() == 1)
    return at(extents[0].first, extents[0].second);
  if (extents.front().second != extents.back().second &&
      extents.front().second != extents.back().first)
    return at(768, 768) + ", " + at(3072, 768);
  return at(extents.front().first, extents.front().second) + ", " +
         at(extents.back().first, extents.back().second);
}

double steepest::getMeanTime(RankedTensorType type,
                             function_ref<double(double, double)> time) {
  auto extents = possibleExtents(type);
  double sum = 0;
  for (auto [n, m] : extents)
    sum += std::log(time(n, m));
  return std::exp(sum / extents.size());
}

static double getMeanTime(ArrayRef<Cost> costs, RankedTensorType type) {
  return getMeanTime(type, [&](double n, double m) {
    double least = std::numeric_limits<double>::infinity();
    for (const Cost &cost : costs)
      least = std::min(least, cost.at(n, m));
    return least;
  });
}

double steepest::getMeanTime(const Cost &cost, RankedTensorType type) {
  return ::getMeanTime(ArrayRef(cost), type);
}

double steepest::getMeanTime(const SignProblem &problem,
                             const Machine &machine) {
  SmallVector<Cost> costs;
  for (const SignFamily &family : getSignFamilies()) {
    std::string refusal;
    if (auto route = prepareRoute(family, problem, refusal))
      costs.push_back(route->getCost(machine));
  }
  return ::getMeanTime(ArrayRef<Cost>(costs), problem.type);
}

FailureOr<FormulaBuilder::Msign>
steepest::buildSignByRoute(FormulaBuilder &m, matrix::MsignOp op,
                           const SignProblem &problem, const Machine &machine,
                           StringRef function) {
  auto remarkName = [&](StringRef name) {
    return remark::RemarkOpts::name(name).category(category).function(function);
  };
  auto extents = possibleExtents(problem.type);
  SmallVector<Candidate> candidates;
  for (const SignFamily &family : getSignFamilies()) {
    std::string refusal;
    std::unique_ptr<SignRoute> route = prepareRoute(family, problem, refusal);
    if (!route) {
      remark::missed(op.getLoc(), remarkName("RouteRejected"))
          << remark::metric("route", family.name)
          << remark::reason("{0}", refusal);
      continue;
    }
    Cost cost = route->getCost(machine);
    auto next = llvm::find_if(candidates, [&](const Candidate &other) {
      return other.route->getLeastExtent() < route->getLeastExtent();
    });
    candidates.insert(next, {family.name, std::move(route), std::move(cost)});
  }
  if (candidates.empty())
    return op.emitOpError()
           << "expects a function as contract, got " << problem.contract
           << "; run steepest-rational-functions and steepest-polynomial-steps "
              "first";
  dropDominated(candidates, extents,
                [&](const Candidate &loser, StringRef winner) {
                  remark::missed(op.getLoc(), remarkName("RouteRejected"))
                      << remark::metric("route", loser.name)
                      << remark::metric("time", printCosts(loser.cost, extents))
                      << remark::metric("nanoseconds", loser.cost.print())
                      << remark::reason("{0} is {1}", winner,
                                        extents.size() == 1
                                            ? "cheaper"
                                            : "nowhere more than 5 % dearer");
                });
  if (problem.steps) {
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::interleaveComma(problem.steps->steps, os, [&](OddStep step) {
      os << llvm::formatv("({0:f4}, {1:f4}, {2:f4})", step.a, step.b, step.c);
    });
    remark::passed(op.getLoc(), remarkName("PolynomialSteps"))
        << remark::metric("steps",
                          static_cast<int64_t>(problem.steps->steps.size()))
        << remark::metric("contract", problem.contract)
        << remark::metric("error", matrix::printReal(problem.steps->error))
        << remark::metric("coefficients", text);
  }
  for (const Candidate &candidate : candidates) {
    auto remark = remark::passed(op.getLoc(), remarkName("Route"));
    remark << remark::metric("route", candidate.name)
           << remark::metric("time", printCosts(candidate.cost, extents))
           << remark::metric("nanoseconds", candidate.cost.print())
           << remark::metric("machine", machine.origin)
           << remark::add("{0}", candidate.route->getSummary());
    if (candidates.size() > 1)
      remark << remark::reason("{0} routes are built; the cheaper at the "
                               "extents at hand runs",
                               static_cast<int64_t>(candidates.size()));
  }
  Value x = op.getInput();
  Value larger, smaller;
  if (candidates.size() > 1) {
    Value rows = m.toFloat(m.rows(x)), cols = m.toFloat(m.cols(x));
    larger = m.max(rows, cols);
    smaller = m.min(rows, cols);
  }
  SmallVector<Value> results = buildFastest(m, x, larger, smaller, candidates);
  return FormulaBuilder::Msign{results[0], results[1], results[2]};
}
