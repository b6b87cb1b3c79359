// What the activations are defined as, in double precision, and how far off a float is.

#ifndef DEFINITIONS_H
#define DEFINITIONS_H

#include <math.h>

static inline double sigmoid(double x) { return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)); }

// PyTorch divides minus infinity by infinity.
static inline double silu(double x) { return x < -1000 ? x * 0 : x / (1 + exp(-x)); }

static inline double gelu(double x) { return x * 0.5 * erfc(-x * 0.70710678118654752440); }

static inline double gelu_tanh(double x) {
  double u = 0.79788456080286535588 * (x + 0.044715 * x * x * x);
  return u < -400 ? x * 0 : x / (1 + exp(-2 * u));
}

static inline double log_sigmoid(double x) {
  return fmin(x, 0) - log1p(exp(-fabs(x))) + (x != x ? x : 0);
}

static inline double softplus(double x) { return x > 20 ? x : log1p(exp(x)); }

static inline double elu(double x) { return x > 0 ? x : expm1(x); }

// The distance of a float from an exact number, in units in the last place of the number as a float. A result
// that should be infinite or no number and is not, or the other way round, is infinitely far off.
static inline double units_between(float got, double want) {
  float rounded = (float)want;
  if (rounded != rounded || got != got) { return (rounded != rounded) == (got != got) ? 0 : INFINITY; }
  if (isinf(rounded) || isinf(got)) { return rounded == got ? 0 : INFINITY; }
  int exponent;
  frexpf(rounded, &exponent);
  if (rounded == 0 || exponent < -125) { exponent = -125; }
  return fabs((double)got - want) / ldexp(1, exponent - 24);
}

#endif
