// One variant of the activations; instruction_sets.h says how it is included. CKernels.h says what each
// loop computes.

#include "elementary_variant.h"

// With t = e^-|x| it is 1 - t / (1 + t), and for x below zero t - t t / (1 + t).
INLINE floats NAME(sigmoid_of)(floats x) {
  // Below -104 the result is zero.
  floats t = NAME(power_of_e)(NAME(below_zero)(x, -104));
  floats most = x < 0 ? t : ALL(1);
  return FMA(-most, t / (1 + t), most);
}

INLINE floats NAME(silu_of)(floats x) {
  // Below -126 the result is zero. PyTorch divides minus infinity by infinity, and infinity by one.
  floats y = x < -126 ? ALL(-126) : x;
  y = y > 88 ? ALL(88) : y;
  return NAME(over_one_plus)(x, NAME(exponential_of)(-y), x < -126);
}

// value / (1 + e^-gate), where the value can be so large that the logistic function is denormal before the
// result is. A NaN is made of an infinite value where the function is zero.
INLINE floats NAME(gated_of)(floats value, floats gate) {
  value = gate < -200 ? value * 0 : value;
  gate = gate < -200 ? ALL(-200) : gate;
  exponential e = NAME(exponential_of)(-(gate > 88 ? ALL(88) : gate));
  // Beyond 2^100 one is nothing to the power, and values that become denormal make zero.
  integers is_large = e.power > 100;
  floats divisor = NAME(one_plus)(is_large ? ALL(0) : e.power, e.fraction, is_large);
  floats quotient = (is_large ? value * 0x1p-64f : value) / divisor;
  return SCALED(quotient, is_large ? 64 - e.power : ALL(0));
}

INLINE floats NAME(tanh_of)(floats x) {
  floats size = NAME(magnitude)(x);
  // Up to 0.625, tanh(x) = x + x z P(z) with z = x^2, and P fitted at Chebyshev's points; its error
  // is below 1e-9.
  floats z = x * x;
  floats series = FMA(z, ALL(0x1.2c83c0p-9f), ALL(-0x1.116a16p-7f));
  series = FMA(series, z, ALL(0x1.64a976p-6f));
  series = FMA(series, z, ALL(-0x1.ba08c4p-5f));
  series = FMA(series, z, ALL(0x1.1110eap-3f));
  series = FMA(series, z, ALL(-0x1.555556p-2f));
  floats small = FMA(series * z, x, x);
  // Above, it is 1 - 2 / (e^2x + 1), and beyond 10 it is one.
  exponential e = NAME(exponential_of)(2 * (size > 10 ? ALL(10) : size));
  floats scale = NAME(two_to)(e.power);
  floats large = 1 - 2 / FMA(scale, e.fraction, 1 + scale);
  floats sign = (floats)((words)x & 0x80000000u);
  return size < 0.625f ? small : (floats)((words)large | (words)sign);
}

INLINE floats NAME(elu_of)(floats x, float above, float below) {
  // Below -87 the result is minus one; a NaN stays.
  floats negative = x > 0 ? ALL(0) : x;
  exponential e = NAME(exponential_of)(negative < -87 ? ALL(-87) : negative);
  floats scale = NAME(two_to)(e.power);
  floats minus_one = FMA(scale, e.fraction, scale - 1);
  return x > 0 ? x * above : minus_one * below;
}

// x Q(|x|), where Q(a) is the part of a normal distribution beyond a, and x - x Q for x above zero.
//
// Q is e^(-a^2 / 2) D(a) / (2 a D(a) + N(a)), with polynomials without negative coefficients, so that the
// rounding of D hardly matters. Without rounding it is off by less than 2^-26.9 of it up to 14.5; beyond, Q
// is zero.
INLINE floats NAME(gelu_of)(floats x) {
  floats size = NAME(magnitude)(x);
  floats a = size > 18 ? ALL(18) : size;
  // The square is so large that what was lost when it was rounded matters.
  floats square = a * a;
  floats lost = FUSED(a, a, -square);
  floats power = FMA(square, ALL(-0x1.715476p-1f), ALL(SHIFTER)) - SHIFTER;
  floats r = FMA(power, ALL(0x1.62e4p0f), square);
  r = r + FMA(power, ALL(0x1.7f7d1cp-19f), lost);
  floats fraction = NAME(small_exponential)(-0.5f * r);
  floats d = FMA(square, FMA(a, ALL(0x1.91a02ap-8f), ALL(0x1.f0edfp-5f)),
                 FMA(a, ALL(0x1.18998ap-2f), ALL(0x1.500f94p-1f)));
  floats n = FMA(square, ALL(0x1.96ecf8p-9f), FMA(a, ALL(0x1.f7add8p-6f), ALL(0x1.3b4f88p-3f)));
  n = FMA(square, n, FMA(a, ALL(0x1.f3598ep-2f), ALL(0x1.0272d8p+0f)));
  d = FMA(a, d, ALL(0x1.8p-1f));
  n = FMA(a, n, ALL(0x1.8p+0f));
  // Far below zero Q would be denormal before x is; it is kept 2^64 times larger.
  integers is_small = x < -8;
  floats beyond = SCALED(FMA(d, fraction, d) / FMA(a + a, d, n), is_small ? power + 64 : power);
  // PyTorch multiplies minus infinity by zero.
  floats value = FMA(x > 0 ? -a : x, beyond, x < 0 ? ALL(0) : x);
  return is_small ? value * 0x1p-64f : value;
}

// x / (1 + 2^z) with z = x (c + d x^2), which is x (1 + tanh(u)) / 2 for the u of PyTorch.
//
// z can be so large that each step keeps what its rounding has lost.
INLINE floats NAME(gelu_tanh_of)(floats x) {
  // Below -11 the result is zero, and from 8 on it is x.
  integers is_zero = x < -11;
  floats a = is_zero ? ALL(-11) : x;
  a = a > 8 ? ALL(8) : a;
  // -sqrt(8 / pi) / ln 2 and 0.044715 times that, each in two parts. The first part of c has so few bits
  // that it is a multiple of the last place of the slope, and their difference exact.
  const float c = -0x1.26ap1f, c_low = -0x1.d8437ap-12f;
  const float d = -0x1.a5a7dp-4f, d_low = 0x1.151aaep-29f;
  floats square = a * a;
  floats lost = FUSED(a, a, -square);
  floats slope = FUSED(ALL(d), square, ALL(c));
  floats slope_low = FUSED(ALL(d), square, c - slope);
  slope_low = slope_low + FMA(ALL(d), lost, FMA(ALL(d_low), square, ALL(c_low)));
  floats z = a * slope;
  floats z_low = FMA(a, slope_low, FUSED(a, slope, -z));
  floats power = (z + SHIFTER) - SHIFTER;
  exponential e = {NAME(small_power_of_two)((z - power) + z_low), power};
  return NAME(over_one_plus)(x, e, is_zero);
}

// log(1 / (1 + e^-x)) = min(x, 0) - log(1 + e^-|x|)
INLINE floats NAME(log_sigmoid_of)(floats x) {
  floats t = NAME(power_of_e)(NAME(below_zero)(x, -104));
  return (x < 0 ? x : ALL(0)) - NAME(small_logarithm)(t);
}

// With y = beta x it is max(y, 0) / beta + log(1 + e^-|y|) / beta. What was lost when y was rounded matters
// where y is large, and so do the second parts of the numbers.
INLINE floats NAME(softplus_of)(floats x, const ck_softplus_numbers *p) {
  floats y = x * p->beta;
  floats size = NAME(magnitude)(y);
  integers is_large = size > 104;
  floats lost = FMA(x, ALL(p->beta_low), FUSED(x, ALL(p->beta), -y));
  lost = is_large ? ALL(0) : lost;
  exponential e = NAME(exponential_of)(is_large ? ALL(-104) : -size);
  floats fraction = FMA(1 + e.fraction, y > 0 ? -lost : lost, e.fraction);
  floats logarithm = NAME(small_logarithm)(SCALED(1 + fraction, e.power));
  floats rest = FMA(logarithm, ALL(p->inverse), logarithm * p->inverse_low);
  floats value = (y > 0 ? x : ALL(0)) + rest;
  return (y - p->threshold) + (lost - p->threshold_low) > 0 ? x : value;
}

// The same where beta is one, and nothing is lost.
INLINE floats NAME(plain_softplus_of)(floats x, float threshold, float threshold_low) {
  floats t = NAME(power_of_e)(NAME(below_zero)(x, -104));
  floats value = (x > 0 ? x : ALL(0)) + NAME(small_logarithm)(t);
  return (x - threshold) - threshold_low > 0 ? x : value;
}

ELEMENTWISE(sigmoid, NAME(sigmoid_of), )
ELEMENTWISE(silu, NAME(silu_of), )
ELEMENTWISE(hyperbolic_tangent, NAME(tanh_of), )
ELEMENTWISE(exponential_linear, NAME(elu_of), ADD(float above, float below), , above, below)
ELEMENTWISE(gelu, NAME(gelu_of), )
ELEMENTWISE(gelu_tanh, NAME(gelu_tanh_of), )
ELEMENTWISE(log_sigmoid, NAME(log_sigmoid_of), )
ELEMENTWISE(softplus, NAME(softplus_of), ADD(const ck_softplus_numbers *numbers), , numbers)
ELEMENTWISE(plain_softplus, NAME(plain_softplus_of), ADD(float threshold, float threshold_low), ,
            threshold, threshold_low)

static void NAME(gated)(const float *values, const float *gates, float *target, ptrdiff_t count) {
  if (count < LANES) {
    float few[LANES];
    STORE(few, NAME(gated_of)(NAME(some_lanes)(values, count), NAME(some_lanes)(gates, count)));
    for (ptrdiff_t n = 0; n < count; n++) { target[n] = few[n]; }
    return;
  }
  for (ptrdiff_t n = 0; n < count; n += LANES) {
    ptrdiff_t place = n > count - LANES ? count - LANES : n;
    STORE(target + place, NAME(gated_of)(LOAD(values + place), LOAD(gates + place)));
  }
}
