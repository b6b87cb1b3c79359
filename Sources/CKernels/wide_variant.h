// One variant of the functions that are computed in double precision and rounded once;
// instruction_sets.h says how it is included. CKernels.h says what each loop computes.

#include "elementary_variant.h"

INLINE floats NAME(exp_of)(floats x) {
  wide_exponential e = NAME(wide_exponential_of)(NAME(bounded)(WIDENED(x)));
  return NARROWED(FMA(e.scale, e.fraction, e.scale));
}

// Minus zero stays.
INLINE floats NAME(expm1_of)(floats x) {
  floats value = NARROWED(NAME(wide_expm1)(WIDENED(x)));
  return x == 0 ? x : value;
}

INLINE floats NAME(celu_of)(floats x, double alpha) {
  floats value = NARROWED(alpha * NAME(wide_expm1)(WIDENED(x) / alpha));
  return x > 0 ? x : value;
}

INLINE floats NAME(tanhshrink_of)(floats number) {
  doubles x = WIDENED(number);
  doubles z = x * x;
  // Near zero the difference has few digits left, and three terms of its series have enough.
  doubles series = x * z * (1.0 / 3 - z * (2.0 / 15 - z * (17.0 / 315)));
  // From 30 on, tanh is one.
  doubles y = x > 30 ? ALL_WIDE(30) : x;
  doubles e = NAME(wide_expm1)(2 * y);
  floats value = NARROWED(x - e / (e + 2));
  return NAME(magnitude)(number) < 0.02f ? NARROWED(series) : value;
}

// With e = e^x, tanh(log(1 + e)) is n / (n + 2) for n = e (e + 2).
INLINE floats NAME(mish_of)(floats number) {
  doubles x = WIDENED(number);
  wide_exponential power = NAME(wide_exponential_of)(NAME(bounded)(x > 100 ? ALL_WIDE(100) : x));
  doubles e = FMA(power.scale, power.fraction, power.scale);
  // PyTorch multiplies minus infinity by zero.
  e = x < -708 ? ALL_WIDE(0) : e;
  doubles n = e * (e + 2);
  return NARROWED(x * (n / (n + 2)));
}

// Minus infinity of zero, NaN below, and infinity of infinity.
INLINE doubles NAME(wide_logarithm)(doubles x) {
  doubles value = NAME(normal_logarithm)(x);
  value = x > 0x1.fffffffffffffp1023 ? x : value;
  value = x == 0 ? ALL_WIDE(-__builtin_inf()) : value;
  return x < 0 ? ALL_WIDE(__builtin_nan("")) : value;
}

INLINE floats NAME(log_of)(floats x, double factor) {
  return NARROWED(NAME(wide_logarithm)(WIDENED(x)) * factor);
}

// What was lost when one was added is put back. Minus zero stays.
INLINE floats NAME(log1p_of)(floats number) {
  doubles x = WIDENED(number);
  doubles sum = 1 + x;
  doubles lost = (x - (sum - 1)) / sum;
  doubles value = NAME(wide_logarithm)(sum);
  value = ((x > -1) & (x < 0x1p60)) ? value + lost : value;
  return number == 0 ? number : NARROWED(value);
}

ELEMENTWISE(exp, NAME(exp_of), )
ELEMENTWISE(expm1, NAME(expm1_of), )
ELEMENTWISE(celu, NAME(celu_of), ADD(double alpha), , alpha)
ELEMENTWISE(tanhshrink, NAME(tanhshrink_of), )
ELEMENTWISE(mish, NAME(mish_of), )
ELEMENTWISE(log, NAME(log_of), ADD(double factor), , factor)
ELEMENTWISE(log1p, NAME(log1p_of), )
