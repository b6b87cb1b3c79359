// One variant of softmax; instruction_sets.h says how it is included. CKernels.h says what it computes.
//
// A column is what lies along the axis. Columns side by side are computed in the lanes of vectors, a block of
// them at a time, which is copied to where its rows lie side by side. A single column lies in one piece, and
// its elements are the lanes.
//
// Either way each power is computed by the same operations, and the powers of a column are added in eight
// sums in double precision, that of its elements 0, 8, 16, … and so on, which then are added as
// ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). So a column has the same bits wherever it is.

#include "elementary_variant.h"

#define integers_memory NAME(integers_memory)

typedef int32_t integers_memory __attribute__((ext_vector_type(LANES), aligned(4)));

// e^(scale (x - largest)), where x is not larger. What the roundings of the difference and of its product
// lose matters where they are large.
INLINE floats NAME(power_below)(floats x, floats largest, int is_scaled, const ck_softmax_scale *p) {
  // So far below, the power is zero. For infinite numbers the difference is NaN.
  floats least = largest - p->range;
  x = x < least ? least : x;
  floats difference = x - largest;
  floats back = difference - x;
  floats lost = (x - (difference - back)) - (largest + back);
  if (is_scaled) {
    floats product = difference * p->scale;
    lost = FMA(lost, ALL(p->scale), FUSED(difference, ALL(p->scale), -product));
    lost = FMA(difference, ALL(p->scale_low), lost);
    difference = product;
  }
  floats power = FMA(difference, ALL(0x1.715476p0f), ALL(SHIFTER)) - SHIFTER;
  floats r = FMA(power, ALL(-0x1.62e4p-1f), difference);
  r = r + FMA(power, ALL(-0x1.7f7d1cp-20f), lost);
  return SCALED(1 + NAME(small_exponential)(r), power);
}

// Columns that lie side by side, in blocks of at most MOST vectors.
#define MOST 16

INLINE void NAME(columns)(int is_scaled, int is_logarithm, const ck_softmax_scale *scale, float sign,
                          const float *source, float *target, ptrdiff_t length, ptrdiff_t inner,
                          float *work, ptrdiff_t work_count) {
  ptrdiff_t widest = work_count / length / LANES;
  widest = (widest < MOST ? widest : MOST) * LANES;
  for (ptrdiff_t first = 0; first < inner; first += widest) {
    ptrdiff_t count = inner - first < widest ? inner - first : widest;
    ptrdiff_t vectors = (count + LANES - 1) / LANES, width = vectors * LANES;
    floats largest[MOST], high[MOST], low[MOST];
    doubles logarithm[MOST];
    for (ptrdiff_t v = 0; v < vectors; v++) { largest[v] = ALL(-__builtin_inff()); }
    for (ptrdiff_t i = 0; i < length; i++) {
      const float *from = source + i * inner + first;
      float *row = work + i * width;
      // What is beside the last columns is computed as zeros.
      for (ptrdiff_t n = count / LANES * LANES; n < width; n++) { row[n] = n < count ? from[n] : 0; }
      for (ptrdiff_t v = 0; v < vectors; v++) {
        floats x = (v * LANES + LANES <= count ? LOAD(from + v * LANES) : LOAD(row + v * LANES)) * sign;
        largest[v] = x > largest[v] ? x : largest[v];
        STORE(row + v * LANES, x);
      }
    }
    for (ptrdiff_t v = 0; v < vectors; v++) {
      doubles sums[8];
      _Pragma("unroll") for (int j = 0; j < 8; j++) { sums[j] = (doubles)(0); }
      for (ptrdiff_t i = 0; i < length; i += 8) {
        _Pragma("unroll") for (int j = 0; j < 8; j++) {
          if (i + j < length) {
            float *place = work + (i + j) * width + v * LANES;
            floats power = NAME(power_below)(LOAD(place), largest[v], is_scaled, scale);
            sums[j] += WIDENED(power);
            if (!is_logarithm) { STORE(place, power); }
          }
        }
      }
      doubles total = NAME(added)(sums);
      if (is_logarithm) {
        logarithm[v] = NAME(normal_logarithm)(total);
      } else {
        doubles inverse = 1 / total;
        high[v] = NARROWED(inverse);
        low[v] = NARROWED(inverse - WIDENED(high[v]));
      }
    }
    for (ptrdiff_t i = 0; i < length; i++) {
      float *row = work + i * width, *to = target + i * inner + first;
      for (ptrdiff_t v = 0; v < vectors; v++) {
        floats x = LOAD(row + v * LANES);
        floats value = is_logarithm
                           ? NARROWED(WIDENED(x) - WIDENED(largest[v]) - logarithm[v])
                           : FMA(x, high[v], x * low[v]);
        int is_whole = v * LANES + LANES <= count;
        STORE(is_whole ? to + v * LANES : row + v * LANES, value);
      }
      for (ptrdiff_t n = count / LANES * LANES; n < count; n++) { to[n] = row[n]; }
    }
  }
}

// Adds powers to the eight sums of a column; the first one's index is n.
INLINE eight NAME(add_powers)(eight sums, floats powers, ptrdiff_t n) {
  doubles wide = WIDENED(powers);
#if LANES == 16
  (void)n;
  return (sums + wide.lo) + wide.hi;
#elif LANES == 8
  (void)n;
  return sums + wide;
#else
  if (n & 4) {
    sums.hi += wide;
  } else {
    sums.lo += wide;
  }
  return sums;
#endif
}

// All ones in the first `count` lanes.
INLINE integers NAME(first_lanes)(ptrdiff_t count) {
  const int32_t places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return *(const integers_memory *)places < (integers)((int32_t)count);
}

INLINE float NAME(largest_lane)(floats x) {
#if LANES == 16
  typedef float half __attribute__((ext_vector_type(8)));
  half y = x.lo > x.hi ? x.lo : x.hi;
#else
#define y x
#endif
  typedef float quarter __attribute__((ext_vector_type(4)));
#if LANES >= 8
  quarter z = y.lo > y.hi ? y.lo : y.hi;
#else
  quarter z = y;
#endif
#undef y
  float a = z.x > z.y ? z.x : z.y, b = z.z > z.w ? z.z : z.w;
  return a > b ? a : b;
}

// A column by itself. The elements that fill up its last vector are minus infinity, whose power is zero.
//
// Where there is more behind the column, its last vector is read and written whole: what is behind stays as it
// is where source and target are the same, and else is written anew with the next column.
INLINE void NAME(column)(int is_scaled, int is_logarithm, const ck_softmax_scale *scale, float sign,
                         const float *source, float *target, ptrdiff_t length, int has_more) {
  ptrdiff_t whole = length / LANES * LANES, count = length - whole;
  floats rest = ALL(-__builtin_inff()), behind = ALL(0);
  integers is_inside = NAME(first_lanes)(count);
  if (count > 0) {
    behind = has_more ? LOAD(source + whole) : NAME(some_lanes)(source + whole, count);
    rest = is_inside ? behind * sign : rest;
  }
  floats lanes = rest;
  for (ptrdiff_t n = 0; n < whole; n += LANES) {
    floats x = LOAD(source + n) * sign;
    lanes = x > lanes ? x : lanes;
  }
  // A NaN in the rest hides what is beside it, but then all is NaN anyway.
  floats largest = ALL(NAME(largest_lane)(lanes));
  eight sums = (eight)(0);
  for (ptrdiff_t n = 0; n < whole; n += LANES) {
    floats power = NAME(power_below)(LOAD(source + n) * sign, largest, is_scaled, scale);
    sums = NAME(add_powers)(sums, power, n);
    if (!is_logarithm) { STORE(target + n, power); }
  }
  floats power = ALL(0);
  if (count > 0) {
    power = NAME(power_below)(rest, largest, is_scaled, scale);
    sums = NAME(add_powers)(sums, power, whole);
  }
  double total = NAME(sum_of_lanes)(sums);
  if (is_logarithm) {
    doubles most = WIDENED(largest), logarithm = NAME(normal_logarithm)((doubles)(total));
    for (ptrdiff_t n = 0; n < whole; n += LANES) {
      STORE(target + n, NARROWED(WIDENED(LOAD(source + n)) - most - logarithm));
    }
    rest = NARROWED(WIDENED(rest) - most - logarithm);
  } else {
    double inverse = 1 / total;
    float high = (float)inverse, low = (float)(inverse - high);
    for (ptrdiff_t n = 0; n < whole; n += LANES) {
      floats x = LOAD(target + n);
      STORE(target + n, FMA(x, ALL(high), x * low));
    }
    rest = FMA(power, ALL(high), power * low);
  }
  if (has_more && count > 0) {
    STORE(target + whole, is_inside ? rest : behind);
  } else {
    float few[LANES];
    STORE(few, rest);
    for (ptrdiff_t n = 0; n < count; n++) { target[whole + n] = few[n]; }
  }
}

#define SOFTMAX(function, is_scaled, is_logarithm)                                                \
  static void NAME(function)(const float *source, float *target, const ck_softmax_scale *scale,   \
                             float sign, ptrdiff_t outer, ptrdiff_t length, ptrdiff_t inner,      \
                             float *work, ptrdiff_t work_count) {                                 \
    for (ptrdiff_t n = 0; n < outer; n++) {                                                       \
      ptrdiff_t start = n * length * inner;                                                       \
      if (inner == 1) {                                                                           \
        NAME(column)(is_scaled, is_logarithm, scale, sign, source + start, target + start, length,  \
                     (outer - 1 - n) * length >= LANES);                                            \
      } else {                                                                                    \
        NAME(columns)(is_scaled, is_logarithm, scale, sign, source + start, target + start, length, \
                      inner, work, work_count);                                                   \
      }                                                                                           \
    }                                                                                             \
  }
SOFTMAX(softmax, 0, 0)
SOFTMAX(scaled_softmax, 1, 0)
SOFTMAX(logarithm_of_softmax, 0, 1)
#undef SOFTMAX
