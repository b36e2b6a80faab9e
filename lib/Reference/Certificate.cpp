//===- Certificate.cpp - independent checks of directions -----------------===//

#include "lib/Reference/Certificate.h"

using namespace steepest::reference;

double steepest::reference::nuclearNorm(const Matrix &x) {
  return singularValues(x).sum();
}

double steepest::reference::spectralNorm(const Matrix &x) {
  Vector values = singularValues(x);
  return values.size() == 0 ? 0 : values[0];
}

double steepest::reference::innerProduct(const Matrix &a, const Matrix &b) {
  return a.cwiseProduct(b).sum();
}

double steepest::reference::orthogonalityError(const Matrix &w) {
  Matrix gram = w.rows() >= w.cols() ? Matrix(w.transpose() * w)
                                     : Matrix(w * w.transpose());
  return (gram - Matrix::Identity(gram.rows(), gram.cols())).norm();
}

double steepest::reference::stiefelTangency(const Matrix &w,
                                            const Matrix &phi) {
  Matrix mixed = w.rows() >= w.cols() ? Matrix(w.transpose() * phi)
                                      : Matrix(w * phi.transpose());
  return (mixed + mixed.transpose()).norm() / 2;
}
