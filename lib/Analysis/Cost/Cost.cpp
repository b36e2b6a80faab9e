//===- Cost.cpp - what a piece of a matrix program costs ------------------===//

#include "lib/Analysis/Cost/Cost.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace steepest;

double Monomial::at(double n, double m) const {
  return factor * std::pow(n, larger) * std::pow(m, smaller);
}

Monomial steepest::operator*(const Monomial &a, const Monomial &b) {
  return {a.factor * b.factor, a.larger + b.larger, a.smaller + b.smaller};
}

Cost &Cost::operator+=(const Monomial &term) {
  if (term.factor == 0)
    return *this;
  for (Monomial &known : terms)
    if (known.larger == term.larger && known.smaller == term.smaller) {
      known.factor += term.factor;
      return *this;
    }
  terms.push_back(term);
  return *this;
}

Cost &Cost::operator+=(const Cost &other) {
  for (const Monomial &term : SmallVector<Monomial>(other.terms))
    *this += term;
  return *this;
}

Cost steepest::operator*(double factor, const Cost &cost) {
  Cost result;
  for (Monomial term : cost.terms)
    result += Monomial::number(factor) * term;
  return result;
}

double Cost::at(double n, double m) const {
  double sum = 0;
  for (const Monomial &term : terms)
    sum += term.at(n, m);
  return sum;
}

Value Cost::build(matrix::FormulaBuilder &builder, Value n, Value m) const {
  Value sum = builder.constant(0);
  for (const Monomial &term : terms) {
    Value product = builder.constant(term.factor);
    for (unsigned i = 0; i < term.larger; ++i)
      product = builder.mul(product, n);
    for (unsigned i = 0; i < term.smaller; ++i)
      product = builder.mul(product, m);
    sum = builder.add(sum, product);
  }
  return sum;
}

std::string Cost::print() const {
  SmallVector<Monomial> sorted(terms);
  llvm::sort(sorted, [](const Monomial &a, const Monomial &b) {
    unsigned left = a.larger + a.smaller, right = b.larger + b.smaller;
    return std::pair(left, a.larger) > std::pair(right, b.larger);
  });
  std::string text;
  llvm::raw_string_ostream os(text);
  auto power = [&](char name, unsigned exponent) {
    if (exponent > 0)
      os << ' ' << name;
    if (exponent > 1)
      os << '^' << exponent;
  };
  llvm::interleave(
      sorted, os,
      [&](const Monomial &term) {
        os << llvm::format("%.3g", term.factor);
        power('n', term.larger);
        power('m', term.smaller);
      },
      " + ");
  return text.empty() ? "0" : text;
}

std::string steepest::printTime(double nanoseconds) {
  const char *unit = "ns";
  if (nanoseconds >= 1e6) {
    nanoseconds /= 1e6;
    unit = "ms";
  } else if (nanoseconds >= 1e3) {
    nanoseconds /= 1e3;
    unit = "us";
  }
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::format("%.3g", nanoseconds) << ' ' << unit;
  return text;
}
