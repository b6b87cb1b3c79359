// One variant of softmax; instruction_sets.h says how it is included. CKernels.h says what it computes.
//
// A column is what lies along the axis. Columns side by side are computed in the lanes of vectors, a block of
// them at a time, whose powers are kept where its rows lie side by side. A single column lies in one piece, and
// its elements are the lanes; several such are computed in turn, so that one waits while others go on.
//
// The largest number of a column is near zero, or it is far. If it is near, its powers are those of the numbers
// themselves, 2^62 times as large, so that none that counts is denormal. If it is far, they are those of the
// differences from it; so are all powers of a logarithm, which is small where the differences are.
//
// Each power is computed by the same operations wherever it is, and the powers of a column are added in eight
// sums in double precision, that of its elements 0, 8, 16, … and so on, which then are added as
// ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). So a column has the same bits wherever it is.

#include "elementary_variant.h"

#define integers_memory NAME(integers_memory)
#define doubles_memory NAME(doubles_memory)
#define eight_floats NAME(eight_floats)
#define eight_floats_memory NAME(eight_floats_memory)

typedef int32_t integers_memory __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int64_t NAME(long_integers) __attribute__((ext_vector_type(LANES)));
typedef double doubles_memory __attribute__((ext_vector_type(LANES), aligned(8)));
typedef float eight_floats __attribute__((ext_vector_type(8)));
typedef float eight_floats_memory __attribute__((ext_vector_type(8), aligned(4)));

// What the functions here differ by; constants, wherever they are inlined.
typedef struct {
  int is_scaled, is_logarithm;
  // The bit of the sign of numbers that have the other one.
  uint32_t flipped;
  ck_softmax_scale scale;
} NAME(softmax_kind);

#define softmax_kind NAME(softmax_kind)

#define SIGNED(x) ((floats)((words)(x) ^ kind.flipped))
#define ANY(x) (__builtin_reduce_or(x) != 0)

// How far from zero the largest number of a column that is near may be, after it was multiplied by the scale.
#define NEAR 24

INLINE integers NAME(is_low)(floats x, softmax_kind kind) { return x * kind.scale.scale <= NEAR; }

INLINE integers NAME(is_high)(floats x, softmax_kind kind) { return x * kind.scale.scale >= -NEAR; }

// e^(scale x) of a column that is near. 133 below zero, it counts for nothing.
INLINE exponential NAME(exponential_near)(floats x, softmax_kind kind) {
  const ck_softmax_scale p = kind.scale;
  const float least = p.range * -1.27f;
  x = x < least ? ALL(least) : x;
  floats product = kind.is_scaled ? x * p.scale : x;
  floats power = FMA(product, ALL(0x1.715476p0f), ALL(SHIFTER)) - SHIFTER;
  floats r = FMA(power, ALL(-0x1.62e4p-1f), product);
  if (kind.is_scaled) {
    floats lost = FMA(x, ALL(p.scale_low), FUSED(x, ALL(p.scale), -product));
    r = r + FMA(power, ALL(-0x1.7f7d1cp-20f), lost);
  } else {
    r = FMA(power, ALL(-0x1.7f7d1cp-20f), r);
  }
  return (exponential){NAME(small_exponential)(r), power};
}

// 2^62 e^(scale x)
INLINE floats NAME(power_near)(floats x, softmax_kind kind) {
  exponential e = NAME(exponential_near)(x, kind);
  return SCALED_NORMAL(1 + e.fraction, e.power + 62);
}

// What rounding has taken from the largest power of a column, so that the sum of powers, in which it weighs most,
// has it again; zero for a column that is far, whose largest power is one. A sum that is nothing but that power does
// not get it: their ratio is one.
INLINE floats NAME(lost_near)(floats largest, softmax_kind kind) {
  integers is_near = NAME(is_low)(largest, kind) & NAME(is_high)(largest, kind);
  exponential e = NAME(exponential_near)(largest, kind);
  floats lost = e.fraction - ((1 + e.fraction) - 1);
  return is_near ? SCALED_NORMAL(lost, e.power + 62) : ALL(0);
}

// e^(scale (x - largest)), where x is not larger. What the roundings of the difference and of its product
// lose matters where they are large.
INLINE floats NAME(power_below)(floats x, floats largest, softmax_kind kind) {
  const ck_softmax_scale p = kind.scale;
  // So far below, the power is zero. For infinite numbers the difference is NaN.
  floats least = largest - p.range;
  x = x < least ? least : x;
  floats difference = x - largest;
  floats back = difference - x;
  floats lost = (x - (difference - back)) - (largest + back);
  if (kind.is_scaled) {
    floats product = difference * p.scale;
    lost = FMA(lost, ALL(p.scale), FUSED(difference, ALL(p.scale), -product));
    lost = FMA(difference, ALL(p.scale_low), lost);
    difference = product;
  }
  floats power = FMA(difference, ALL(0x1.715476p0f), ALL(SHIFTER)) - SHIFTER;
  floats r = FMA(power, ALL(-0x1.62e4p-1f), difference);
  r = r + FMA(power, ALL(-0x1.7f7d1cp-20f), lost);
  return SCALED(1 + NAME(small_exponential)(r), power);
}

// All ones in the first `count` lanes.
INLINE integers NAME(first_lanes)(ptrdiff_t count) {
  const int32_t places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return *(const integers_memory *)places < (integers)((int32_t)count);
}

// What is made of each element of a column: of its place i, and of the sum j that it belongs to.
#define EACH_ELEMENT(...)                                                                         \
  {                                                                                               \
    ptrdiff_t start = 0;                                                                          \
    for (; start + 8 <= length; start += 8) {                                                     \
      _Pragma("unroll") for (int j = 0; j < 8; j++) {                                             \
        ptrdiff_t i = start + j;                                                                  \
        __VA_ARGS__                                                                               \
      }                                                                                           \
    }                                                                                             \
    _Pragma("unroll") for (int j = 0; j < 8; j++) {                                               \
      ptrdiff_t i = start + j;                                                                    \
      if (i < length) { __VA_ARGS__ }                                                             \
    }                                                                                             \
  }

// What the last pass over columns in the lanes of a vector has to know: one over the sum of their powers, in
// two parts, or its logarithm and the largest number.
typedef struct {
  floats high, low, largest;
  doubles logarithm;
} NAME(column_totals);

// Puts the powers of `count` columns side by side where `powers` are, in rows that are `width` floats apart.
//
// What is `ahead` of the numbers will be needed next. Powers are added up after all of them are written; from
// memory, they become doubles at no cost.
INLINE NAME(column_totals) NAME(lane_powers)(softmax_kind kind, const float *source, ptrdiff_t count,
                                             ptrdiff_t ahead, ptrdiff_t length, ptrdiff_t inner,
                                             float *powers, ptrdiff_t width) {
#define ELEMENT                                                                                   \
  SIGNED(count == LANES ? LOAD(source + i * inner) : NAME(some_lanes)(source + i * inner, count))
  floats largest = ALL(-__builtin_inff());
  integers is_far = NAME(first_lanes)(count);
  EACH_ELEMENT(
      floats x = ELEMENT;
      __builtin_prefetch(source + i * inner + ahead);
      largest = x > largest ? x : largest;
      if (!kind.is_logarithm) { STORE(powers + i * width, NAME(power_near)(x, kind)); })
  if (!kind.is_logarithm) {
    is_far &= ~(NAME(is_low)(largest, kind) & NAME(is_high)(largest, kind));
  }
  if (ANY(is_far)) {
    EACH_ELEMENT(
        floats power = NAME(power_below)(ELEMENT, largest, kind);
        STORE(powers + i * width, is_far ? power : LOAD(powers + i * width));)
  }
#undef ELEMENT
  doubles sums[8];
  _Pragma("unroll") for (int j = 0; j < 8; j++) { sums[j] = (doubles)(0); }
  EACH_ELEMENT(sums[j] += WIDENED(LOAD(powers + i * width));)
  doubles total = NAME(added)(sums);
  if (!kind.is_logarithm) {
    doubles lost = WIDENED(NAME(lost_near)(largest, kind));
    total += total > WIDENED(NAME(power_near)(largest, kind)) ? lost : (doubles)(0);
  }
  NAME(column_totals) made = {.largest = largest};
  if (kind.is_logarithm) {
    made.logarithm = NAME(normal_logarithm)(total);
  } else {
    doubles inverse = 1 / total;
    made.high = NARROWED(inverse);
    made.low = NARROWED(inverse - WIDENED(made.high));
  }
  return made;
}

// Columns that lie side by side, in blocks of at most MOST vectors.
#define MOST 16

INLINE void NAME(columns)(softmax_kind kind, const float *source, float *target, ptrdiff_t length,
                          ptrdiff_t inner, float *work, ptrdiff_t work_count) {
  ptrdiff_t widest = work_count / length / LANES;
  widest = (widest < MOST ? widest : MOST) * LANES;
  for (ptrdiff_t first = 0; first < inner; first += widest) {
    ptrdiff_t count = inner - first < widest ? inner - first : widest;
    ptrdiff_t whole = count / LANES, few = count % LANES, width = (count + LANES - 1) / LANES * LANES;
    NAME(column_totals) made[MOST];
    const float *from = source + first;
    for (ptrdiff_t v = 0; v * LANES < count; v++) {
      ptrdiff_t place = v * LANES;
      made[v] = v < whole ? NAME(lane_powers)(kind, from + place, LANES, widest, length, inner,
                                              work + place, width)
                          : NAME(lane_powers)(kind, from + place, few, widest, length, inner,
                                              work + place, width);
    }
    for (ptrdiff_t i = 0; i < length; i++) {
      float *powers = work + i * width, *to = target + i * inner + first;
#define VALUE(v, own)                                                                             \
  (kind.is_logarithm ? NARROWED(WIDENED(own) - WIDENED(made[v].largest) - made[v].logarithm)      \
                     : FUSED(LOAD(powers + v * LANES), made[v].high,                              \
                             LOAD(powers + v * LANES) * made[v].low))
      const float *numbers = from + i * inner;
      for (ptrdiff_t v = 0; v < whole; v++) {
        STORE(to + v * LANES, VALUE(v, LOAD(numbers + v * LANES)));
      }
      if (few > 0) {
        floats last = NAME(some_lanes)(numbers + whole * LANES, few);
        NAME(store_lanes)(to + whole * LANES, VALUE(whole, last), few);
      }
#undef VALUE
    }
  }
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

// The numbers of a column by itself are taken in vectors up to a multiple of PIECE; those behind its end are minus
// infinity, whose power counts for nothing.
#define PIECE (LANES > 8 ? LANES : 8)

INLINE ptrdiff_t NAME(padded)(ptrdiff_t length) { return (length + PIECE - 1) / PIECE * PIECE; }

// LANES numbers, of which the first `count` are there; more than LANES, or less than none, mean all and none.
INLINE floats NAME(numbers)(softmax_kind kind, const float *source, ptrdiff_t count) {
  if (count >= LANES) { return SIGNED(LOAD(source)); }
  floats nothing = ALL(-__builtin_inff());
  count = count < 0 ? 0 : count;
#if LANES == 16
  return SIGNED(NAME(lanes_or)(SIGNED(nothing), source, count));
#else
  return NAME(first_lanes)(count) ? SIGNED(NAME(some_lanes)(source, count)) : nothing;
#endif
}

// What is made of LANES numbers x of a column, at its place n. One loop for all of them, since columns are often
// as short as a few vectors.
#define EACH_VECTOR(...)                                                                          \
  for (ptrdiff_t n = 0; n < NAME(padded)(length); n += LANES) {                                   \
    floats x = NAME(numbers)(kind, source + n, length - n);                                       \
    __VA_ARGS__                                                                                   \
  }

// The largest numbers, in the lanes of a vector.
INLINE floats NAME(largest_of)(softmax_kind kind, const float *source, ptrdiff_t length) {
  floats largest = ALL(-__builtin_inff());
  EACH_VECTOR(largest = x > largest ? x : largest;)
  return largest;
}

// The same, where powers are made on the way.
INLINE floats NAME(near_powers)(softmax_kind kind, const float *source, ptrdiff_t length, float *powers) {
  floats largest = ALL(-__builtin_inff());
  EACH_VECTOR(largest = x > largest ? x : largest; STORE(powers + n, NAME(power_near)(x, kind));)
  return largest;
}

INLINE void NAME(far_powers)(softmax_kind kind, float largest, const float *source, ptrdiff_t length,
                             float *powers) {
  EACH_VECTOR(STORE(powers + n, NAME(power_below)(x, ALL(largest), kind));)
}

INLINE int NAME(is_near)(softmax_kind kind, floats largest) {
  return !kind.is_logarithm && !ANY(~NAME(is_low)(largest, kind)) && ANY(NAME(is_high)(largest, kind));
}

// Adds the powers of a column to its eight sums.
INLINE eight NAME(add_powers)(eight sums, const float *powers, ptrdiff_t length) {
  for (ptrdiff_t n = 0; n < NAME(padded)(length); n += 8) {
    sums += __builtin_convertvector(*(const eight_floats_memory *)(powers + n), eight);
  }
  return sums;
}

// What the last pass over up to eight columns has to know.
typedef struct {
  float high[8], low[8], largest[8 + LANES];
  double logarithm[8 + LANES];
} NAME(single_totals);

INLINE void NAME(add_totals)(softmax_kind kind, const eight sums[8], NAME(single_totals) *made) {
  eight totals = NAME(sums_of_lanes)(sums);
  if (kind.is_logarithm) {
    for (int n = 0; n < 8 + LANES; n++) { made->logarithm[n] = totals[n & 7]; }
    for (int n = 0; n < 8; n += LANES) {
      doubles_memory *place = (doubles_memory *)(made->logarithm + n);
      *place = NAME(normal_logarithm)(*place);
    }
  } else {
    float lost[8 + LANES], powers[8 + LANES];
    for (int n = 0; n < 8; n += LANES) {
      STORE(lost + n, NAME(lost_near)(LOAD(made->largest + n), kind));
      STORE(powers + n, NAME(power_near)(LOAD(made->largest + n), kind));
    }
    eight largest = __builtin_convertvector(*(const eight_floats_memory *)powers, eight);
    totals += totals > largest ? __builtin_convertvector(*(const eight_floats_memory *)lost, eight) : (eight)(0);
    eight inverse = 1 / totals;
    eight_floats high = __builtin_convertvector(inverse, eight_floats);
    inverse -= __builtin_convertvector(high, eight);
    *(eight_floats_memory *)made->high = high;
    *(eight_floats_memory *)made->low = __builtin_convertvector(inverse, eight_floats);
  }
}

// The last pass over column c of these; but of a logarithm, its powers are the source.
INLINE void NAME(finish_column)(softmax_kind kind, const float *source, float *target, ptrdiff_t length,
                                const NAME(single_totals) *made, ptrdiff_t c) {
  float high = made->high[c], low = made->low[c];
  doubles largest = ALL_WIDE(made->largest[c]), logarithm = ALL_WIDE(made->logarithm[c]);
  kind.flipped = 0;
  EACH_VECTOR(
      floats value = kind.is_logarithm ? NARROWED(WIDENED(x) - largest - logarithm)
                                       : FUSED(x, ALL(high), x * low);
      ptrdiff_t count = length - n;
      if (count >= LANES) { STORE(target + n, value); } else if (count > 0) { NAME(store_lanes)(target + n, value, count); })
}

// Columns of up to so many numbers have their powers in memory of their own, several of them at a time.
#define SHORT 512

INLINE void NAME(short_columns)(softmax_kind kind, const float *source, float *target,
                                ptrdiff_t columns, ptrdiff_t length) {
  ptrdiff_t padded = NAME(padded)(length), together = 4 * SHORT / padded < 8 ? 4 * SHORT / padded : 8;
  float rooms[2][4 * SHORT] __attribute__((aligned(64)));
  NAME(single_totals) made[2] = {0};
  // The last pass over some columns goes along with the first one over the next, which need not wait for it.
  for (ptrdiff_t first = 0, turn = 0; first < columns + together; first += together, turn ^= 1) {
    ptrdiff_t count = columns - first < together ? columns - first : together;
    eight sums[8];
    for (int c = 0; c < 8; c++) { sums[c] = (eight)(1); }
    for (ptrdiff_t c = 0; c < together; c++) {
      if (c < count) {
        const float *from = source + (first + c) * length;
        float *powers = rooms[turn] + c * padded;
        floats largest = kind.is_logarithm ? NAME(largest_of)(kind, from, length)
                                           : NAME(near_powers)(kind, from, length, powers);
        made[turn].largest[c] = NAME(largest_lane)(largest);
        if (!NAME(is_near)(kind, largest)) {
          NAME(far_powers)(kind, made[turn].largest[c], from, length, powers);
        }
        // Those of the column before have arrived in memory.
        if (c > 0) { sums[c - 1] = NAME(add_powers)((eight)(0), powers - padded, length); }
      }
      ptrdiff_t before = first - together + c;
      if (first > 0 && before < columns) {
        const float *numbers = kind.is_logarithm ? source + before * length : rooms[turn ^ 1] + c * padded;
        NAME(finish_column)(kind, numbers, target + before * length, length, made + (turn ^ 1), c);
      }
    }
    if (count > 0) {
      sums[count - 1] = NAME(add_powers)((eight)(0), rooms[turn] + (count - 1) * padded, length);
      NAME(add_totals)(kind, sums, made + turn);
    }
  }
}

INLINE void NAME(long_column)(softmax_kind kind, const float *source, float *target, ptrdiff_t length) {
  float room[SHORT] __attribute__((aligned(64)));
  floats largest = NAME(largest_of)(kind, source, length);
  int is_near = NAME(is_near)(kind, largest);
  NAME(single_totals) made = {.largest = {NAME(largest_lane)(largest)}};
  eight sums[8] = {(eight)(0)};
  for (int c = 1; c < 8; c++) { sums[c] = (eight)(1); }
  for (ptrdiff_t start = 0; start < length; start += SHORT) {
    ptrdiff_t count = length - start < SHORT ? length - start : SHORT;
    if (is_near) {
      NAME(near_powers)(kind, source + start, count, room);
    } else {
      NAME(far_powers)(kind, made.largest[0], source + start, count, room);
    }
    sums[0] = NAME(add_powers)(sums[0], room, count);
    if (!kind.is_logarithm) { __builtin_memcpy(target + start, room, count * sizeof *room); }
  }
  NAME(add_totals)(kind, sums, &made);
  NAME(finish_column)(kind, kind.is_logarithm ? source : target, target, length, &made, 0);
}

#define SOFTMAX(function, is_scaled, is_logarithm)                                                \
  static void NAME(function)(const float *source, float *target, const ck_softmax_scale *scale,   \
                             uint32_t flipped, ptrdiff_t outer, ptrdiff_t length,                 \
                             ptrdiff_t inner, float *work, ptrdiff_t work_count) {                \
    softmax_kind kind = {is_scaled, is_logarithm, flipped, *scale};                               \
    if (length == 0) { return; }                                                                  \
    if (inner == 1) {                                                                             \
      for (ptrdiff_t n = 0; n < outer && length > SHORT; n++) {                                   \
        NAME(long_column)(kind, source + n * length, target + n * length, length);                \
      }                                                                                           \
      if (length <= SHORT) { NAME(short_columns)(kind, source, target, outer, length); }          \
      return;                                                                                     \
    }                                                                                             \
    for (ptrdiff_t n = 0; n < outer; n++) {                                                       \
      ptrdiff_t start = n * length * inner;                                                       \
      NAME(columns)(kind, source + start, target + start, length, inner, work, work_count);       \
    }                                                                                             \
  }
SOFTMAX(softmax, 0, 0)
SOFTMAX(scaled_softmax, 1, 0)
SOFTMAX(logarithm_of_softmax, 0, 1)
#undef SOFTMAX
