// One variant of the product of a packed matrix with packed columns. The including file defines NAME,
// LANES (the doubles of a vector), ROWS, VECTORS and FMA.

typedef double NAME(vector) __attribute__((ext_vector_type(LANES)));
typedef double NAME(memory) __attribute__((ext_vector_type(LANES), aligned(8)));

#define WIDTH (LANES * VECTORS)

// ROWS rows for WIDTH columns: goes on with the sums that are in memory.
static inline __attribute__((always_inline)) void NAME(tile)(
    const int asked, const int rows, const double *weights, const double *columns, ptrdiff_t taps,
    ptrdiff_t stride, double *sums, double *beside, ptrdiff_t target) {
  NAME(vector) sum[ROWS][VECTORS];
  NAME(vector) other[ROWS][VECTORS];
  _Pragma("unroll") for (int r = 0; r < rows; r++) {
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {
      sum[r][v] = *(NAME(memory) *)(sums + r * target + v * LANES);
      other[r][v] = asked ? *(NAME(memory) *)(beside + r * target + v * LANES) : (NAME(vector))0.0;
    }
  }
#define TAP(weight, column)                                                                       \
  NAME(vector) x[VECTORS];                                                                        \
  _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {                                           \
    x[v] = *(const NAME(memory) *)((column) + v * LANES);                                         \
  }                                                                                               \
  _Pragma("unroll") for (int r = 0; r < rows; r++) {                                              \
    NAME(vector) w = (NAME(vector))((weight)[r]);                                                 \
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {                                         \
      sum[r][v] = FMA(w, x[v], sum[r][v]);                                                        \
      if (asked == CO_MAGNITUDES) { other[r][v] += __builtin_elementwise_abs(w * x[v]); }         \
      if (asked == CO_MAGNITUDES || asked == CO_PARTIAL_SUMS) {                                   \
        other[r][v] += __builtin_elementwise_abs(sum[r][v]);                                      \
      }                                                                                           \
    }                                                                                             \
  }
  ptrdiff_t k = 0;
  for (; k + 4 <= taps; k += 4) {
    _Pragma("unroll") for (int i = 0; i < 4; i++) {
      TAP(weights + (k + i) * ROWS, columns + (k + i) * stride)
    }
    if (asked == CO_SQUARES) {
      _Pragma("unroll") for (int r = 0; r < rows; r++) {
        _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {
          other[r][v] = FMA(sum[r][v], sum[r][v], other[r][v]);
        }
      }
    }
  }
  for (; k < taps; k++) { TAP(weights + k * ROWS, columns + k * stride) }
  if (asked == CO_SQUARES && taps % 4 != 0) {
    const double part = (double)(taps % 4) / 4;
    _Pragma("unroll") for (int r = 0; r < rows; r++) {
      _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {
        other[r][v] = FMA(sum[r][v] * part, sum[r][v], other[r][v]);
      }
    }
  }
#undef TAP
  _Pragma("unroll") for (int r = 0; r < rows; r++) {
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {
      *(NAME(memory) *)(sums + r * target + v * LANES) = sum[r][v];
      if (asked) { *(NAME(memory) *)(beside + r * target + v * LANES) = other[r][v]; }
    }
  }
}

// All rows of a block of taps for all columns of a block; columns come in multiples of WIDTH.
static void NAME(block)(enum co_beside asked, const double *weights, ptrdiff_t panel,
                        ptrdiff_t rows, const double *columns, ptrdiff_t taps, ptrdiff_t count,
                        double *sums, double *beside) {
  for (ptrdiff_t r = 0; r < rows; r += ROWS) {
    const double *own = weights + r / ROWS * panel;
    const ptrdiff_t rest = rows - r;
    for (ptrdiff_t n = 0; n < count; n += WIDTH) {
      double *s = sums + r * count + n;
      double *b = beside + r * count + n;
#define TILE(asked, number, i)                                                                    \
  NAME(tile)(asked, number, own + i, columns + n, taps, count, s + i * count, b + i * count, count)
#define TILES(asked)                                                                              \
  if (rest >= ROWS) {                                                                             \
    TILE(asked, ROWS, 0);                                                                         \
  } else {                                                                                        \
    for (ptrdiff_t i = 0; i < rest; i++) { TILE(asked, 1, i); }                                   \
  }
      switch (asked) {
      case CO_SQUARES: TILES(CO_SQUARES) break;
      case CO_MAGNITUDES: TILES(CO_MAGNITUDES) break;
      case CO_PARTIAL_SUMS: TILES(CO_PARTIAL_SUMS) break;
      default: TILES(CO_NOTHING)
      }
#undef TILE
#undef TILES
    }
  }
}

#undef WIDTH
