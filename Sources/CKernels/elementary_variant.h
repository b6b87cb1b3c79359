// Exponentials and logarithms that the variants of activations and softmax are made of. They are written
// without branches, tables and calls. Coefficients are those of minimax polynomials, each rounded to a
// float while the later ones were still free.

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

// numerator / (1 + e), for a power of e up to 180; zero where asked for, with the numerator's sign, or NaN
// for an infinite numerator.
//
// Above 2^100 the divisor is computed 2^64 times smaller; one is nothing to it.
INLINE floats NAME(over_one_plus)(floats numerator, exponential e, integers is_zero) {
  integers is_large = e.power > 100;
  floats scale = (floats)(((words)(e.power + SHIFTER) << 23) +
                          (is_large ? (words)(63u << 23) : (words)(127u << 23)));
  // Up to 2^23 the sum is exact, and beyond the scale is added last.
  integers is_exact = e.power < 24;
  floats divisor = FMA(scale, e.fraction, is_exact ? scale + 1 : ALL(1));
  divisor = is_exact ? divisor : divisor + scale;
  floats quotient = numerator / divisor;
  return is_large ? quotient * (is_zero ? ALL(0) : ALL(0x1p-64f)) : quotient;
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
