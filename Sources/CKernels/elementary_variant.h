// Exponentials and logarithms that the variants of activations, cells and softmax are made of. They are written
// without branches, tables and calls. Coefficients are those of minimax polynomials, each rounded to a
// float while the later ones were still free.

#include "vectors.h"

// e^x = (1 + fraction) * 2^power, with an integer power, for x between -200 and 88; |fraction| < 0.42.
typedef struct {
  floats fraction, power;
} NAME(exponential);

#define exponential NAME(exponential)

// e^r - 1 for |r| < 0.347, off by less than 2^-28 of e^r.
INLINE floats NAME(small_exponential)(floats r) {
  floats square = r * r;
  floats series = FMA(square, ALL(0x1.6a4d18p-10f), FMA(r, ALL(0x1.12398cp-7f), ALL(0x1.5558bp-5f)));
  series = FMA(square, series, FMA(r, ALL(0x1.555492p-3f), ALL(0x1.fffffcp-2f)));
  return FMA(series, square, r);
}

// 2^r - 1 for |r| < 0.501, off by less than 2^-28 of 2^r.
INLINE floats NAME(small_power_of_two)(floats r) {
  floats square = r * r;
  floats series = FMA(square, ALL(0x1.417c1cp-13f), FMA(r, ALL(0x1.5f0abep-10f), ALL(0x1.3b2dd2p-7f)));
  series = FMA(square, series, FMA(r, ALL(0x1.c6af78p-5f), ALL(0x1.ebfbdcp-3f)));
  return FMA(series, square, r * 0x1.62e43p-1f);
}

// The power is the integer nearest to x / ln 2, and fraction is e^r - 1 for r = x - power * ln 2.
INLINE exponential NAME(exponential_of)(floats x) {
  floats power = FMA(x, ALL(0x1.715476p0f), ALL(SHIFTER)) - SHIFTER;
  // ln 2 in two parts, of which the first has so few bits that its product with the power is exact.
  floats r = FMA(power, ALL(-0x1.62e4p-1f), x);
  r = FMA(power, ALL(-0x1.7f7d1cp-20f), r);
  return (exponential){NAME(small_exponential)(r), power};
}

// e^x for x from -200 to 88, also where it is denormal.
INLINE floats NAME(power_of_e)(floats x) {
  exponential e = NAME(exponential_of)(x);
  return SCALED(1 + e.fraction, e.power);
}

// 1 + (1 + fraction) * 2^power, for a power up to 127, or without the one.
INLINE floats NAME(one_plus)(floats power, floats fraction, integers is_without) {
  floats scale = NAME(two_to)(power);
  // Up to 2^23 the sum is exact, and beyond the scale is added last.
  integers is_exact = power < 24;
  floats one = is_without ? ALL(0) : ALL(1);
  floats sum = FMA(scale, fraction, is_exact ? one + scale : one);
  return is_exact ? sum : sum + scale;
}

// numerator / (1 + e), for a power of e up to 180; zero where asked for, with the numerator's sign, or NaN
// for an infinite numerator.
//
// Above 2^100 the divisor is computed 2^64 times smaller; one is nothing to it.
INLINE floats NAME(over_one_plus)(floats numerator, exponential e, integers is_zero) {
  integers is_large = e.power > 100;
  floats power = is_large ? e.power - 64 : e.power;
  floats quotient = numerator / NAME(one_plus)(power, e.fraction, (integers)(0));
  return is_large ? quotient * (is_zero ? ALL(0) : ALL(0x1p-64f)) : quotient;
}

// -|x|, but at least `least`.
INLINE floats NAME(below_zero)(floats x, float least) {
  floats y = (floats)((words)x | 0x80000000u);
  return y < least ? ALL(least) : y;
}

// log(1 + t) for t from 0 to 1, off by less than 2^-27.5 of it before the last rounding.
INLINE floats NAME(small_logarithm)(floats t) {
  floats square = t * t;
  floats fourth = square * square;
  floats high = FMA(t, ALL(0x1.4a2748p-6f), ALL(-0x1.d78d32p-5f));
  floats series = FMA(t, ALL(0x1.b50be0p-4f), ALL(-0x1.3a5998p-3f));
  series = FMA(square, FMA(square, ALL(-0x1.b16acep-9f), high), series);
  floats low = FMA(t, ALL(0x1.554dd4p-2f), ALL(-0x1.ffffd2p-2f));
  low = FMA(square, FMA(t, ALL(0x1.93511p-3f), ALL(-0x1.ff249ep-3f)), low);
  return FMA(FMA(fourth, series, low), square, t);
}

// log(x) of a double that is normal and above zero; NaN of NaN.
//
// It is k log(2) + log(1 + f) with f between -0.3 and 0.42, and log(1 + f) = 2 s + 2 s^3 / 3 + … with
// s = f / (2 + f), to the term s^17, whose rest is below 1e-15.
INLINE doubles NAME(normal_logarithm)(doubles x) {
  // The exponent changes at the root of two. The bits are moved so far up that none is below zero.
  bits moved = (bits)x - 0x3fe6a09e667f3bcdull + (1024ull << 52);
  doubles k = __builtin_convertvector(moved >> 52, doubles) - 1024;
  doubles f = (doubles)((bits)x - ((moved >> 52 << 52) - (1024ull << 52))) - 1;
  doubles s = f / (2 + f);
  doubles z = s * s;
  doubles series = FMA(z, ALL_WIDE(2.0 / 17), ALL_WIDE(2.0 / 15));
  series = FMA(series, z, ALL_WIDE(2.0 / 13));
  series = FMA(series, z, ALL_WIDE(2.0 / 11));
  series = FMA(series, z, ALL_WIDE(2.0 / 9));
  series = FMA(series, z, ALL_WIDE(2.0 / 7));
  series = FMA(series, z, ALL_WIDE(2.0 / 5));
  series = FMA(series, z, ALL_WIDE(2.0 / 3));
  // The last term is zero, but for NaN.
  return FMA(k, ALL_WIDE(0x1.62e42fefa39efp-1), FMA(s * z, series, 2 * s)) + x * 0;
}

// e^x = scale * (1 + fraction) for x between -708 and 709, where fraction is the Taylor series of e^r - 1 to
// the term r^10 / 10!, for |r| < 0.347. Its rest is below 3e-13.
typedef struct {
  doubles fraction, scale;
} NAME(wide_exponential);

#define wide_exponential NAME(wide_exponential)

INLINE wide_exponential NAME(wide_exponential_of)(doubles x) {
  // Adding 1.5 * 2^52 leaves the nearest integer in the lowest bits of the significand.
  const double shifter = 0x1.8p52;
  doubles shifted = FMA(x, ALL_WIDE(0x1.71547652b82fep0), ALL_WIDE(shifter));
  doubles r = FMA(shifted - shifter, ALL_WIDE(-0x1.62e42fefa39efp-1), x);
  doubles square = r * r;
  doubles high = FMA(square, ALL_WIDE(1.0 / 3628800), FMA(r, ALL_WIDE(1.0 / 362880), ALL_WIDE(1.0 / 40320)));
  doubles middle = FMA(r, ALL_WIDE(1.0 / 5040), ALL_WIDE(1.0 / 720));
  doubles low = FMA(r, ALL_WIDE(1.0 / 120), ALL_WIDE(1.0 / 24));
  low = FMA(square, middle, low);
  doubles series = FMA(square, low, FMA(r, ALL_WIDE(1.0 / 6), ALL_WIDE(0.5)));
  doubles fourth = square * square;
  series = FMA(fourth * square, high, series);
  return (wide_exponential){FMA(series, square, r), (doubles)(((bits)shifted << 52) + (1023ull << 52))};
}

// Keeps x between -708 and 709, and a NaN.
INLINE doubles NAME(bounded)(doubles x) {
  x = x < -708 ? ALL_WIDE(-708) : x;
  return x > 709 ? ALL_WIDE(709) : x;
}

INLINE doubles NAME(wide_expm1)(doubles x) {
  wide_exponential e = NAME(wide_exponential_of)(NAME(bounded)(x));
  return FMA(e.scale, e.fraction, e.scale - 1);
}
