//===- Certificate.h - independent checks of directions ---------*- C++ -*-===//
//
// What a test needs to recompute a certificate from the numbers alone, with
// nothing of the compiler in between.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_REFERENCE_CERTIFICATE_H
#define STEEPEST_LIB_REFERENCE_CERTIFICATE_H

#include "lib/Reference/Spectral.h"

namespace steepest::reference {

/// Sum of the singular values, the dual of the spectral norm.
double nuclearNorm(const Matrix &x);
/// The largest singular value.
double spectralNorm(const Matrix &x);
/// <A, B> = tr(A^T B).
double innerProduct(const Matrix &a, const Matrix &b);
/// || W^T W - I ||_F for a tall W, || W W^T - I ||_F for a wide one.
double orthogonalityError(const Matrix &w);
/// || sym(W^T Phi) ||_F for a tall W, || sym(W Phi^T) ||_F for a wide one:
/// zero when Phi is tangent to the Stiefel manifold at W.
double stiefelTangency(const Matrix &w, const Matrix &phi);

} // namespace steepest::reference

#endif // STEEPEST_LIB_REFERENCE_CERTIFICATE_H
