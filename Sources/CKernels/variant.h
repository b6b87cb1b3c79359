// One variant of the dense loops. Included by CKernels.c once for each instruction set, inside a
// region that turns the set on, with these macros:
//
//   NAME(x)      x with the suffix of the variant
//   LANES        floats in the widest vector
//   TALL         rows of a tile of full height; 8 or 4
//   VECTORS      vectors a row in a tile of full height
//   PANELS       panels of 8 rows that the product with one column works on at once
//   FMA(a, b, c) c + a * b on vectors, FMA1 on floats
//
// A tile keeps all its accumulators in registers: TALL x VECTORS of them, VECTORS of the right factor
// and one weight, which is loaded, spread over a vector, and used VECTORS times. At least one register
// stays free: with all 16 of avx2 in use (4 x 3 accumulators) the compiler moves them around, and the
// tile is half as fast.

typedef float NAME(wide) __attribute__((ext_vector_type(LANES)));
typedef float NAME(wide_memory) __attribute__((ext_vector_type(LANES), aligned(4)));
typedef float NAME(four) __attribute__((ext_vector_type(4)));
typedef float NAME(four_memory) __attribute__((ext_vector_type(4), aligned(4)));
typedef float NAME(eight) __attribute__((ext_vector_type(8)));
typedef float NAME(eight_memory) __attribute__((ext_vector_type(8), aligned(4)));

// Weights are read once in a while, from beginning to end, and come from a far cache: where a tile reads them,
// they are asked for so many floats in advance. Behind the last one nothing is read.
#define FETCH_AHEAD(weights) __builtin_prefetch((const void *)((uintptr_t)(weights) + 2048));

// Finishes `count` vectors of one row while they are in registers, as ck_finish_rows finishes what is in memory.
// Comparisons are written so that a NaN stays.
#define FINISH(vector)                                                                            \
  static inline __attribute__((always_inline)) void NAME(finish_##vector)(                        \
      const ck_finish *finish, ptrdiff_t row, const int count, NAME(vector) *sum) {               \
    const NAME(vector) low = (NAME(vector))(finish->low), high = (NAME(vector))(finish->high);    \
    if (finish->scales != NULL) {                                                                 \
      const NAME(vector) scale = (NAME(vector))(finish->scales[row]);                             \
      const NAME(vector) shift = (NAME(vector))(finish->shifts[row]);                             \
      _Pragma("unroll") for (int j = 0; j < count; j++) { sum[j] = sum[j] * scale + shift; }      \
    }                                                                                             \
    if (finish->low == -__builtin_inff() && finish->high == __builtin_inff()) { return; }         \
    _Pragma("unroll") for (int j = 0; j < count; j++) {                                           \
      sum[j] = sum[j] < low ? low : sum[j];                                                       \
      sum[j] = sum[j] > high ? high : sum[j];                                                     \
    }                                                                                             \
  }
FINISH(wide)
#if LANES > 8
FINISH(eight)
#endif
#if LANES > 4
FINISH(four)
#endif
#undef FINISH

// rows x (vectors * lanes) outputs. `rows` and `vectors` are constants where this is called. The last of
// several vectors starts at column `last`, and may share columns with the one before: both read their
// sums before one of them is written, and come to the same. The rows are those from `row` on of what is finished.
#define TILE(vector, lanes)                                                                       \
  static inline __attribute__((always_inline)) void NAME(tile_of_##vector)(                       \
      const int rows, const int vectors, ptrdiff_t last, const float *weights, ptrdiff_t height,  \
      const ck_taps *taps, ptrdiff_t column, const float *initial, const ck_finish *finish,       \
      ptrdiff_t row, float *output, ptrdiff_t stride) {                                           \
    typedef NAME(vector##_memory) memory;                                                         \
    NAME(vector) sum[8][8];                                                                       \
    _Pragma("unroll") for (int i = 0; i < rows; i++) {                                            \
      _Pragma("unroll") for (int j = 0; j < vectors; j++) {                                       \
        const ptrdiff_t n = j && j == vectors - 1 ? last : j * lanes;                             \
        sum[i][j] = initial ? (NAME(vector))(initial[i])                                          \
                            : *(const memory *)(output + i * stride + n);                         \
      }                                                                                           \
    }                                                                                             \
    for (ptrdiff_t base = 0; base < taps->base_count; base++) {                                   \
      const float *frame = taps->input + taps->bases[base] + column;                              \
      for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {                                  \
        const float *source = frame + taps->offsets[tap];                                         \
        FETCH_AHEAD(weights)                                                                      \
        NAME(vector) right[8];                                                                    \
        _Pragma("unroll") for (int j = 0; j < vectors; j++) {                                     \
          const ptrdiff_t n = j && j == vectors - 1 ? last : j * lanes;                           \
          right[j] = *(const memory *)(source + n);                                               \
        }                                                                                         \
        _Pragma("unroll") for (int i = 0; i < rows; i++) {                                        \
          NAME(vector) weight = (NAME(vector))(weights[i]);                                       \
          _Pragma("unroll") for (int j = 0; j < vectors; j++) {                                   \
            sum[i][j] = FMA(weight, right[j], sum[i][j]);                                         \
          }                                                                                       \
        }                                                                                         \
        weights += height;                                                                        \
      }                                                                                           \
    }                                                                                             \
    if (finish != NULL) {                                                                         \
      _Pragma("unroll") for (int i = 0; i < rows; i++) {                                          \
        NAME(finish_##vector)(finish, row + i, vectors, sum[i]);                                  \
      }                                                                                           \
    }                                                                                             \
    _Pragma("unroll") for (int i = 0; i < rows; i++) {                                            \
      _Pragma("unroll") for (int j = 0; j < vectors; j++) {                                       \
        const ptrdiff_t n = j && j == vectors - 1 ? last : j * lanes;                             \
        *(memory *)(output + i * stride + n) = sum[i][j];                                         \
      }                                                                                           \
    }                                                                                             \
  }                                                                                               \
                                                                                                  \
  /* Some rows of a panel for `columns` columns, at least `lanes` of them, in as few tiles of at  \
     most `most` vectors as there can be. The last tile is not narrower than another one: of      \
     several, it has at least two vectors, so that no tile shares columns with another one. */    \
  static inline __attribute__((always_inline)) void NAME(strip_of_##vector)(                      \
      const int rows, const int most, const float *weights, ptrdiff_t height,                     \
      const ck_taps *taps, ptrdiff_t column, const float *initial, const ck_finish *finish,       \
      ptrdiff_t row, float *output, ptrdiff_t stride, ptrdiff_t columns) {                        \
    ptrdiff_t vectors = (columns + lanes - 1) / lanes;                                            \
    ptrdiff_t n = 0;                                                                              \
    for (ptrdiff_t tiles = (vectors + most - 1) / most; tiles > 0; tiles--) {                     \
      const ptrdiff_t width = vectors / tiles;                                                    \
      const ptrdiff_t last = tiles == 1 ? columns - n - lanes : (width - 1) * lanes;              \
      TILES(vector, 8)                                                                            \
      TILES(vector, 7)                                                                            \
      TILES(vector, 6)                                                                            \
      TILES(vector, 5)                                                                            \
      TILES(vector, 4)                                                                            \
      TILES(vector, 3)                                                                            \
      TILES(vector, 2)                                                                            \
      TILES(vector, 1)                                                                            \
      n += width * lanes;                                                                         \
      vectors -= width;                                                                           \
    }                                                                                             \
  }
#define TILES(vector, count)                                                                      \
  if (most >= count && width == count) {                                                          \
    NAME(tile_of_##vector)(rows, count, last, weights, height, taps, column + n, initial, finish, \
                           row, output + n, stride);                                              \
  }
TILE(wide, LANES)
#if LANES > 8
TILE(eight, 8)
#endif
#if LANES > 4
TILE(four, 4)
#endif
#undef TILES
#undef TILE

#if LANES == 16
// One vector of 16 rows of outputs, of two panels: with the sums of one panel alone, an addition would be
// waited for.
static inline __attribute__((always_inline)) void NAME(tile_of_panels)(
    const float *weights, const ck_taps *taps, ptrdiff_t column, const float *initial,
    const ck_finish *finish, ptrdiff_t row, float *output, ptrdiff_t stride) {
  const ptrdiff_t panel = taps->base_count * taps->offset_count * 8;
  NAME(wide) sum[16];
  _Pragma("unroll") for (int i = 0; i < 16; i++) {
    sum[i] = initial ? (NAME(wide))(initial[i])
                     : *(const NAME(wide_memory) *)(output + i * stride);
  }
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      const NAME(wide) right = *(const NAME(wide_memory) *)(frame + taps->offsets[tap]);
      // A line of the cache has the weights of two taps.
      FETCH_AHEAD(tap % 2 ? weights + panel : weights)
      _Pragma("unroll") for (int i = 0; i < 16; i++) {
        sum[i] = FMA((NAME(wide))(weights[i / 8 * panel + i % 8]), right, sum[i]);
      }
      weights += 8;
    }
  }
  if (finish != NULL) {
    _Pragma("unroll") for (int i = 0; i < 16; i++) {
      NAME(finish_wide)(finish, row + i, 1, sum + i);
    }
  }
  _Pragma("unroll") for (int i = 0; i < 16; i++) {
    *(NAME(wide_memory) *)(output + i * stride) = sum[i];
  }
}
#endif

// `columns` columns, fewer than a tile has, of `count` panels of 8 rows. The lanes of a vector are the
// rows of a panel: of all weights that are read, each is used for every column. Several panels, or
// columns, hide the time that one addition takes.
static inline __attribute__((always_inline)) void NAME(columns_of_panels)(
    const int columns, const int count, const float *weights, ptrdiff_t rows, const ck_taps *taps,
    ptrdiff_t column, const float *initial, float *output, ptrdiff_t stride) {
  const ptrdiff_t panel = taps->base_count * taps->offset_count * 8;
  NAME(eight) sum[4][8];
  _Pragma("unroll") for (int c = 0; c < columns; c++) {
    _Pragma("unroll") for (int p = 0; p < count; p++) {
      if (rows >= p * 8 + 8 && initial) {
        sum[c][p] = *(const NAME(eight_memory) *)(initial + p * 8);
      } else if (rows >= p * 8 + 8 && stride == 1) {
        sum[c][p] = *(const NAME(eight_memory) *)(output + p * 8);
      } else {
        sum[c][p] = (NAME(eight))(0.0f);
        for (int i = 0; i < 8 && p * 8 + i < rows; i++) {
          sum[c][p][i] = initial ? initial[p * 8 + i] : output[(p * 8 + i) * stride + c];
        }
      }
    }
  }
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      const float *source = frame + taps->offsets[tap];
      NAME(eight) right[4];
      _Pragma("unroll") for (int c = 0; c < columns; c++) { right[c] = (NAME(eight))(source[c]); }
      _Pragma("unroll") for (int p = 0; p < count; p++) {
        const NAME(eight) weight = *(const NAME(eight_memory) *)(weights + p * panel);
        _Pragma("unroll") for (int c = 0; c < columns; c++) {
          sum[c][p] = FMA(weight, right[c], sum[c][p]);
        }
      }
      weights += 8;
    }
  }
  _Pragma("unroll") for (int c = 0; c < columns; c++) {
    _Pragma("unroll") for (int p = 0; p < count; p++) {
      if (rows >= p * 8 + 8 && stride == 1) {
        *(NAME(eight_memory) *)(output + p * 8) = sum[c][p];
      } else {
        for (int i = 0; i < 8 && p * 8 + i < rows; i++) {
          output[(p * 8 + i) * stride + c] = sum[c][p][i];
        }
      }
    }
  }
}

#if LANES == 16
#define QUAD(address) (*(const NAME(four_memory) *)(address))
#define TWICE_8 0, 1, 2, 3, 4, 5, 6, 7
#define TWICE_16 TWICE_8, 8, 9, 10, 11, 12, 13, 14, 15

// 16 rows of four columns between memory, where rows are `stride` floats apart, and a vector for each column.
// In either direction each quarter of four vectors, a square of four rows and columns, is turned.
static inline __attribute__((always_inline)) void NAME(turn)(NAME(wide) *four) {
  const NAME(wide) a = __builtin_shufflevector(four[0], four[1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24,
                                               9, 25, 12, 28, 13, 29);
  const NAME(wide) b = __builtin_shufflevector(four[0], four[1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26,
                                               11, 27, 14, 30, 15, 31);
  const NAME(wide) c = __builtin_shufflevector(four[2], four[3], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24,
                                               9, 25, 12, 28, 13, 29);
  const NAME(wide) d = __builtin_shufflevector(four[2], four[3], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26,
                                               11, 27, 14, 30, 15, 31);
  four[0] = __builtin_shufflevector(a, c, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  four[1] = __builtin_shufflevector(a, c, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  four[2] = __builtin_shufflevector(b, d, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
  four[3] = __builtin_shufflevector(b, d, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}

static inline __attribute__((always_inline)) void NAME(load_columns)(const float *source,
                                                                     ptrdiff_t stride,
                                                                     NAME(wide) *four) {
  _Pragma("unroll") for (int j = 0; j < 4; j++) {
    const float *row = source + j * stride;
    four[j] = __builtin_shufflevector(
        __builtin_shufflevector(QUAD(row), QUAD(row + 4 * stride), TWICE_8),
        __builtin_shufflevector(QUAD(row + 8 * stride), QUAD(row + 12 * stride), TWICE_8), TWICE_16);
  }
  NAME(turn)(four);
}

static inline __attribute__((always_inline)) void NAME(store_columns)(NAME(wide) *four,
                                                                      float *target,
                                                                      ptrdiff_t stride) {
  NAME(turn)(four);
  _Pragma("unroll") for (int j = 0; j < 4; j++) {
    float *row = target + j * stride;
    *(NAME(four_memory) *)row = __builtin_shufflevector(four[j], four[j], 0, 1, 2, 3);
    *(NAME(four_memory) *)(row + 4 * stride) = __builtin_shufflevector(four[j], four[j], 4, 5, 6, 7);
    *(NAME(four_memory) *)(row + 8 * stride) = __builtin_shufflevector(four[j], four[j], 8, 9, 10, 11);
    *(NAME(four_memory) *)(row + 12 * stride) =
        __builtin_shufflevector(four[j], four[j], 12, 13, 14, 15);
  }
}

// From 4 to 12 columns of `pairs` pairs of panels, all of whose rows are there. The lanes of a vector are the rows of
// a pair. Four columns are done so fast that to ask for weights in advance would cost more than it saves.
static inline __attribute__((always_inline)) void NAME(columns_of_pairs)(
    const int columns, const int pairs, const float *weights, const ck_taps *taps,
    ptrdiff_t column, const float *initial, float *output, ptrdiff_t stride) {
  const ptrdiff_t panel = taps->base_count * taps->offset_count * 8;
  // Columns are turned by fours, and the others copied one by one.
  const int turned = columns / 4 * 4;
  NAME(wide) sum[2][12];
  _Pragma("unroll") for (int p = 0; p < pairs; p++) {
    const float *own = output + p * 16 * stride;
    if (initial) {
      _Pragma("unroll") for (int c = 0; c < columns; c++) {
        sum[p][c] = *(const NAME(wide_memory) *)(initial + p * 16);
      }
    } else {
      _Pragma("unroll") for (int c = 0; c < turned; c += 4) {
        NAME(load_columns)(own + c, stride, sum[p] + c);
      }
      _Pragma("unroll") for (int c = turned; c < columns; c++) {
        for (int i = 0; i < 16; i++) { sum[p][c][i] = own[i * stride + c]; }
      }
    }
  }
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      const float *source = frame + taps->offsets[tap];
      NAME(wide) weight[2];
      if (columns >= 8) {
        FETCH_AHEAD(weights + tap % 2 * panel)
        if (pairs == 2) { FETCH_AHEAD(weights + (2 + tap % 2) * panel) }
      }
      _Pragma("unroll") for (int p = 0; p < pairs; p++) {
        const float *pair = weights + 2 * p * panel;
        weight[p] = __builtin_shufflevector(*(const NAME(eight_memory) *)pair,
                                            *(const NAME(eight_memory) *)(pair + panel), TWICE_16);
      }
      _Pragma("unroll") for (int c = 0; c < columns; c++) {
        const NAME(wide) right = (NAME(wide))(source[c]);
        _Pragma("unroll") for (int p = 0; p < pairs; p++) {
          sum[p][c] = FMA(weight[p], right, sum[p][c]);
        }
      }
      weights += 8;
    }
  }
  _Pragma("unroll") for (int p = 0; p < pairs; p++) {
    float *own = output + p * 16 * stride;
    _Pragma("unroll") for (int c = 0; c < turned; c += 4) {
      NAME(store_columns)(sum[p] + c, own + c, stride);
    }
    _Pragma("unroll") for (int c = turned; c < columns; c++) {
      for (int i = 0; i < 16; i++) { own[i * stride + c] = sum[p][c][i]; }
    }
  }
}
#undef QUAD
#undef TWICE_8
#undef TWICE_16

// Calls it for all pairs that are whole, and yields the rows that they have.
#define PAIRS_OF(width)                                                                           \
  case width:                                                                                     \
    for (; row + 32 <= rows; row += 32) {                                                         \
      NAME(columns_of_pairs)(width, 2, weights + row * taps_count, taps, column,                  \
                             initial ? initial + row : NULL, output + row * stride, stride);      \
    }                                                                                             \
    if (row + 16 <= rows) {                                                                       \
      NAME(columns_of_pairs)(width, 1, weights + row * taps_count, taps, column,                  \
                             initial ? initial + row : NULL, output + row * stride, stride);      \
      row += 16;                                                                                  \
    }                                                                                             \
    break;
static ptrdiff_t NAME(multiply_pairs)(const float *weights, ptrdiff_t rows, const ck_taps *taps,
                                      ptrdiff_t column, const float *initial, float *output,
                                      ptrdiff_t stride, ptrdiff_t columns) {
  const ptrdiff_t taps_count = taps->base_count * taps->offset_count;
  ptrdiff_t row = 0;
  switch (columns) {
    PAIRS_OF(4)
    PAIRS_OF(5)
    PAIRS_OF(6)
    PAIRS_OF(7)
    PAIRS_OF(8)
    PAIRS_OF(9)
    PAIRS_OF(10)
    PAIRS_OF(11)
    PAIRS_OF(12)
  }
  return row;
}
#undef PAIRS_OF
#endif

// One column of one row.
static inline __attribute__((always_inline)) void NAME(column_of_row)(
    const float *weights, ptrdiff_t height, const ck_taps *taps, ptrdiff_t column,
    const float *initial, float *output) {
  float sum = initial ? *initial : *output;
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base] + column;
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      sum = FMA1(*weights, frame[taps->offsets[tap]], sum);
      weights += height;
    }
  }
  *output = sum;
}

// A few columns of all rows.
static void NAME(multiply_columns)(const float *weights, ptrdiff_t rows, ptrdiff_t height,
                                   const ck_taps *taps, ptrdiff_t column, const float *initial,
                                   float *output, ptrdiff_t stride, ptrdiff_t columns) {
  const ptrdiff_t taps_count = taps->base_count * taps->offset_count;
  if (height != 8) {
    for (ptrdiff_t n = column; n < column + columns; n++) {
      for (ptrdiff_t row = 0; row < rows; row++) {
        NAME(column_of_row)(weights + row / height * height * taps_count + row % height, height,
                            taps, n, initial ? initial + row : NULL, output + row * stride + n);
      }
    }
    return;
  }
  ptrdiff_t first = 0;
#if LANES == 16
  first = NAME(multiply_pairs)(weights, rows, taps, column, initial, output + column, stride, columns);
#endif
#define PANELS_OF(width, panels)                                                                  \
  for (; PANELS >= panels && row + panels * 8 < rows + 8; row += panels * 8) {                    \
    NAME(columns_of_panels)(width, panels, weights + row * taps_count, rows - row, taps, n,       \
                            initial ? initial + row : NULL, output + row * stride + n, stride);   \
  }
  for (ptrdiff_t n = column; n < column + columns && first < rows;) {
    const ptrdiff_t rest = column + columns - n;
    ptrdiff_t row = first;
    if (rest >= 4) {
      PANELS_OF(4, 2)
      PANELS_OF(4, 1)
      n += 4;
    } else if (rest >= 2) {
      PANELS_OF(2, 4)
      PANELS_OF(2, 2)
      PANELS_OF(2, 1)
      n += 2;
    } else {
      PANELS_OF(1, 8)
      PANELS_OF(1, 4)
      PANELS_OF(1, 2)
      PANELS_OF(1, 1)
      n += 1;
    }
  }
#undef PANELS_OF
}

// The rows of the matrix for a block of columns whose part of the right factor stays in the caches.
#define BLOCK(vector)                                                                             \
  static void NAME(block_of_##vector)(                                                            \
      const float *weights, ptrdiff_t rows, ptrdiff_t height, const ck_taps *taps,                \
      ptrdiff_t column, const float *initial, const ck_finish *finish, float *output,             \
      ptrdiff_t stride, ptrdiff_t columns) {                                                      \
    const ptrdiff_t taps_count = taps->base_count * taps->offset_count;                           \
    for (ptrdiff_t row = 0; row < rows;) {                                                        \
      const ptrdiff_t rest = rows - row;                                                          \
      const float *own = weights + row / height * height * taps_count + row % height;             \
      const float *start = initial ? initial + row : NULL;                                        \
      float *target = output + row * stride;                                                      \
      /* A tile must not reach into the next panel. */                                            \
      const ptrdiff_t left = height - row % height;                                               \
      TWO_PANELS(vector)                                                                          \
      STRIP(vector, 8, VECTORS)                                                                   \
      STRIP(vector, 6, 4)                                                                         \
      STRIP(vector, 4, VECTORS)                                                                   \
      STRIP(vector, 2, 4)                                                                         \
      STRIP(vector, 1, 8)                                                                         \
    }                                                                                             \
  }
#define STRIP(vector, count, most)                                                                \
  if (TALL >= count && rest >= count && left >= count) {                                          \
    NAME(strip_of_##vector)(count, most, own, height, taps, column, start, finish, row, target,   \
                            stride, columns);                                                     \
    row += count;                                                                                 \
    continue;                                                                                     \
  }
#if LANES == 16
#define TWO_PANELS(vector)                                                                        \
  if (sizeof(NAME(vector)) == sizeof(NAME(wide)) && columns == LANES && height == 8 &&            \
      rest >= 16) {                                                                               \
    NAME(tile_of_panels)(own, taps, column, start, finish, row, target, stride);                  \
    row += 16;                                                                                    \
    continue;                                                                                     \
  }
#else
#define TWO_PANELS(vector)
#endif
BLOCK(wide)
#if LANES > 8
BLOCK(eight)
#endif
#if LANES > 4
BLOCK(four)
#endif
#undef STRIP
#undef TWO_PANELS
#undef BLOCK

// The most columns behind the last vector of panels of 8 rows that are faster by panels, and where these are pairs: up to
// half a vector, or three quarters of one in long sums.
static inline ptrdiff_t NAME(most_left)(ptrdiff_t rows, const ck_taps *taps) {
  const int is_paired = LANES == 16 && (rows % 16 == 0 || rows >= 40);
  const int is_long = rows % 16 == 0 && taps->base_count * taps->offset_count >= 128;
  return !is_paired ? LANES / 4 : is_long ? 12 : 8;
}

// Outputs are finished in the registers of their tile; a few columns, as soon as they are written.
static void NAME(multiply)(const float *weights, ptrdiff_t rows, ptrdiff_t height, ck_taps taps,
                           const float *initial, const ck_finish *finish, float *output,
                           ptrdiff_t stride, ptrdiff_t columns) {
  // With tiles of four rows, one vector is faster by panels as well: its sums are too few to hide the time that an
  // addition takes.
  const ptrdiff_t left = columns % LANES;
  const ptrdiff_t tail = height == 8 && left <= NAME(most_left)(rows, &taps) ? left : 0;
  const ptrdiff_t few = height == 8 && TALL == 4 ? 2 * LANES : LANES;
  if (columns >= few) {
    NAME(multiply_columns)(weights, rows, height, &taps, columns - tail, initial, output, stride,
                           tail);
    columns -= tail;
    if (finish != NULL && tail > 0) {
      NAME(ck_finish_rows)(finish, rows, output + columns, stride, tail);
    }
    const ptrdiff_t block = rows == 1 ? 8 * LANES : rows < 4 ? 4 * LANES : 96;
    for (ptrdiff_t n = 0; n < columns;) {
      const ptrdiff_t rest = columns - n;
      // What is left for the last block is a vector at least.
      const ptrdiff_t width =
          rest <= block ? rest : rest - block < LANES ? block - LANES : block;
      NAME(block_of_wide)(weights, rows, height, &taps, n, initial, finish, output + n, stride,
                          width);
      n += width;
    }
    return;
  }
#if LANES > 8
  if (columns >= 8 && (height != 8 || columns > 12)) {
    NAME(block_of_eight)(weights, rows, height, &taps, 0, initial, finish, output, stride,
                         columns);
  } else
#endif
#if LANES > 4
  if (columns >= 4 && height != 8) {
    NAME(block_of_four)(weights, rows, height, &taps, 0, initial, finish, output, stride, columns);
  } else
#endif
  {
    NAME(multiply_columns)(weights, rows, height, &taps, 0, initial, output, stride, columns);
    if (finish != NULL) { NAME(ck_finish_rows)(finish, rows, output, stride, columns); }
  }
}

#if LANES == 16
#include "lines_variant.h"
#endif

// Rows of frames are short: a call of memcpy would take longer than the copy, so the compiler must not
// make one of these loops. The last vector of a row may copy some elements a second time.
static inline __attribute__((always_inline)) void NAME(copy_row)(const float *restrict source,
                                                                 float *restrict target,
                                                                 ptrdiff_t columns) {
#define COPY(vector, lanes)                                                                       \
  if (columns >= lanes) {                                                                         \
    typedef NAME(vector##_memory) memory;                                                         \
    ptrdiff_t n = 0;                                                                              \
    for (; n + lanes <= columns; n += lanes) {                                                    \
      *(memory *)(target + n) = *(const memory *)(source + n);                                    \
    }                                                                                             \
    n = columns - lanes;                                                                          \
    *(memory *)(target + n) = *(const memory *)(source + n);                                      \
    return;                                                                                       \
  }
  COPY(wide, LANES)
#if LANES > 8
  COPY(eight, 8)
#endif
  COPY(four, 4)
#undef COPY
  for (ptrdiff_t n = 0; n < columns; n++) { target[n] = source[n]; }
}

// Every second element: the even ones of two vectors. Behind the last element nothing is read.
static inline __attribute__((always_inline)) void NAME(copy_every_second)(
    const float *restrict source, float *restrict target, ptrdiff_t columns) {
#define EVEN_4 0, 2, 4, 6
#define EVEN_8 EVEN_4, 8, 10, 12, 14
#define EVEN_16 EVEN_8, 16, 18, 20, 22, 24, 26, 28, 30
#define LAST_4 0, 2, 5, 7
#define LAST_8 0, 2, 4, 6, 9, 11, 13, 15
#define LAST_16 0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31
#define COPY(vector, lanes)                                                                       \
  if (columns >= lanes) {                                                                         \
    typedef NAME(vector##_memory) memory;                                                         \
    ptrdiff_t n = 0;                                                                              \
    for (; n + lanes < columns; n += lanes) {                                                     \
      *(memory *)(target + n) =                                                                   \
          __builtin_shufflevector(*(const memory *)(source + 2 * n),                              \
                                  *(const memory *)(source + 2 * n + lanes), EVEN_##lanes);       \
    }                                                                                             \
    n = columns - lanes;                                                                          \
    *(memory *)(target + n) =                                                                     \
        __builtin_shufflevector(*(const memory *)(source + 2 * n),                                \
                                *(const memory *)(source + 2 * n + lanes - 1), LAST_##lanes);     \
    return;                                                                                       \
  }
#if LANES > 8
  COPY(wide, 16)
#endif
#if LANES > 4
  COPY(eight, 8)
#endif
  COPY(four, 4)
#undef COPY
  for (ptrdiff_t n = 0; n < columns; n++) { target[n] = source[2 * n]; }
#undef EVEN_4
#undef EVEN_8
#undef EVEN_16
#undef LAST_4
#undef LAST_8
#undef LAST_16
}

__attribute__((no_builtin("memcpy", "memmove"))) static void NAME(copy_rows)(
    const float *source, ptrdiff_t source_stride, ptrdiff_t source_step, float *target,
    ptrdiff_t target_stride, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    if (source_step == 1) {
      NAME(copy_row)(source, target, columns);
    } else {
      NAME(copy_every_second)(source, target, columns);
    }
    source += source_stride;
    target += target_stride;
  }
}

// `rows` rows of one vector of outputs of a window of 3 x 3 places that moves by one place. The rows of the
// plane are `width` floats apart. Each is loaded three times, once for each column of the window, and each load
// serves all three rows of outputs whose windows it is in. The sum of each output runs over the window row by
// row, as that of any other product.
#define PLANE_ROWS(vector, lanes)                                                                 \
  static inline __attribute__((always_inline)) void NAME(plane_tile_of_##vector)(                 \
      const int rows, const float *weights, const ck_taps *taps, ptrdiff_t column,                \
      ptrdiff_t width, float initial, NAME(vector) *sum) {                                        \
    const ptrdiff_t offsets[3] = {taps->offsets[0], taps->offsets[1], taps->offsets[2]};          \
    _Pragma("unroll") for (int i = 0; i < rows; i++) { sum[i] = (NAME(vector))(initial); }        \
    for (ptrdiff_t base = 0; base < taps->base_count; base++) {                                   \
      const float *line = taps->input + taps->bases[base] + column;                               \
      NAME(vector) weight[9];                                                                     \
      _Pragma("unroll") for (int k = 0; k < 9; k++) { weight[k] = (NAME(vector))(weights[k]); }   \
      _Pragma("unroll") for (int i = 0; i < rows + 2; i++) {                                      \
        /* The address moves on: the compiler must not compute all of them in advance, since no   \
           registers would be left for the sums. */                                               \
        __asm__("" : "+r"(line));                                                                 \
        _Pragma("unroll") for (int w = 0; w < 3; w++) {                                           \
          const NAME(vector) right = *(const NAME(vector##_memory) *)(line + offsets[w]);         \
          if (i >= 2) { sum[i - 2] = FMA(weight[6 + w], right, sum[i - 2]); }                     \
          if (i >= 1 && i <= rows) { sum[i - 1] = FMA(weight[3 + w], right, sum[i - 1]); }        \
          if (i < rows) { sum[i] = FMA(weight[w], right, sum[i]); }                               \
        }                                                                                         \
        line += width;                                                                            \
      }                                                                                           \
      weights += 9;                                                                               \
    }                                                                                             \
  }                                                                                               \
                                                                                                  \
  /* One vector of all rows of outputs, `rows` of them at a time; the last ones may come a second \
     time. Where a row is shorter than a vector, what is too much is written over by the next row,\
     and behind the last one it is not written. */                                                \
  static inline __attribute__((always_inline)) void NAME(plane_rows_of_##vector)(                 \
      const int rows, const float *weights, const ck_taps *taps, ptrdiff_t column,                \
      ptrdiff_t width, float initial, const ck_finish *finish, ptrdiff_t plane, float *output,    \
      ptrdiff_t count, ptrdiff_t columns) {                                                       \
    for (ptrdiff_t row = 0; row < count; row += rows) {                                           \
      if (row > count - rows) { row = count - rows; }                                             \
      NAME(vector) sum[14];                                                                       \
      NAME(plane_tile_of_##vector)(rows, weights, taps, row * width + column, width, initial, sum);\
      if (finish != NULL) { NAME(finish_##vector)(finish, plane, rows, sum); }                    \
      float *target = output + row * columns + column;                                            \
      _Pragma("unroll") for (int i = 0; i < rows; i++) {                                          \
        if (columns >= lanes || row + i + 1 < count) {                                            \
          *(NAME(vector##_memory) *)(target + i * columns) = sum[i];                              \
        } else {                                                                                  \
          for (ptrdiff_t c = 0; c < columns; c++) { target[i * columns + c] = sum[i][c]; }        \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }                                                                                               \
                                                                                                  \
  static void NAME(plane_of_##vector)(const float *weights, const ck_taps *taps, ptrdiff_t width, \
                                      float initial, const ck_finish *finish, ptrdiff_t plane,    \
                                      float *output, ptrdiff_t rows, ptrdiff_t columns) {         \
    const ptrdiff_t blocks = (rows + MOST_PLANE_ROWS - 1) / MOST_PLANE_ROWS;                      \
    const ptrdiff_t block = (rows + blocks - 1) / blocks;                                         \
    for (ptrdiff_t n = 0; n < columns; n += lanes) {                                              \
      if (n > 0 && n > columns - lanes) { n = columns - lanes; }                                  \
      switch (block) {                                                                            \
        PLANE_BLOCK(vector, 14)                                                                   \
        PLANE_BLOCK(vector, 13)                                                                   \
        PLANE_BLOCK(vector, 12)                                                                   \
        PLANE_BLOCK(vector, 11)                                                                   \
        PLANE_BLOCK(vector, 10)                                                                   \
        PLANE_BLOCK(vector, 9)                                                                    \
        PLANE_BLOCK(vector, 8)                                                                    \
        PLANE_BLOCK(vector, 7)                                                                    \
        PLANE_BLOCK(vector, 6)                                                                    \
        PLANE_BLOCK(vector, 5)                                                                    \
        PLANE_BLOCK(vector, 4)                                                                    \
      }                                                                                           \
    }                                                                                             \
  }
#define PLANE_BLOCK(vector, count)                                                                \
  case count:                                                                                     \
    if (count <= MOST_PLANE_ROWS) {                                                               \
      NAME(plane_rows_of_##vector)                                                                \
      (count, weights, taps, n, width, initial, finish, plane, output, rows, columns);            \
    }                                                                                             \
    break;
PLANE_ROWS(wide, LANES)
#if LANES > 8
PLANE_ROWS(eight, 8)
#endif
#undef PLANE_BLOCK
#undef PLANE_ROWS

// Whether the taps are those of a window of 3 x 3 places that moves by one place.
static int NAME(is_window_of_three)(const ck_taps *taps, ptrdiff_t width) {
  if (taps->offset_count != 9) { return 0; }
  for (int k = 3; k < 9; k++) {
    if (taps->offsets[k] != taps->offsets[k - 3] + width) { return 0; }
  }
  return 1;
}

__attribute__((no_builtin("memcpy", "memmove"))) static void NAME(multiply_planes)(
    const float *weights, ptrdiff_t planes, ck_taps taps, ptrdiff_t plane, const float *initial,
    const ck_finish *finish, float *product, float *output, ptrdiff_t output_plane, ptrdiff_t rows, ptrdiff_t columns,
    ptrdiff_t width, ptrdiff_t computed) {
  const ptrdiff_t taps_count = taps.base_count * taps.offset_count;
  // Rows are vectors of their own where these are at least half full, and what they read is there.
#define FITS(lanes)                                                                               \
  (2 * columns > lanes && (columns >= lanes || (rows - 1) * width + lanes <= computed))
  const int has_rows = rows >= 4 && NAME(is_window_of_three)(&taps, width);
  const int is_wide = has_rows && FITS(LANES);
#if LANES > 8
  const int is_eight = has_rows && columns < 10 && FITS(8);
#endif
  for (ptrdiff_t p = 0; p < planes; p++) {
#if LANES > 8
    if (is_eight) {
      NAME(plane_of_eight)(weights, &taps, width, initial[p], finish, p, output, rows, columns);
    } else
#endif
    if (is_wide) {
      NAME(plane_of_wide)(weights, &taps, width, initial[p], finish, p, output, rows, columns);
    } else {
      ck_finish own;
      if (finish != NULL) {
        own = *finish;
        if (own.scales != NULL) {
          own.scales += p;
          own.shifts += p;
        }
      }
      NAME(multiply)(weights, 1, 1, taps, initial + p, finish == NULL ? NULL : &own, product,
                     computed, computed);
      for (ptrdiff_t row = 0; row < rows; row++) {
        NAME(copy_row)(product + row * width, output + row * columns, columns);
      }
    }
    weights += taps_count;
    taps.input += plane;
    output += output_plane;
  }
#undef FITS
}

static inline __attribute__((always_inline)) void NAME(lanes)(
    const int vectors, const float *weights, const float *input, const ptrdiff_t *bases,
    ptrdiff_t base_count, const float *initial, float *output, ptrdiff_t count, ptrdiff_t n) {
  NAME(wide) sum[4];
  _Pragma("unroll") for (int j = 0; j < vectors; j++) {
    sum[j] = *(const NAME(wide_memory) *)(initial + n + j * LANES);
  }
  for (ptrdiff_t base = 0; base < base_count; base++) {
    const float *own = weights + base * count + n;
    const float *source = input + bases[base] + n;
    _Pragma("unroll") for (int j = 0; j < vectors; j++) {
      sum[j] = FMA(*(const NAME(wide_memory) *)(own + j * LANES),
                   *(const NAME(wide_memory) *)(source + j * LANES), sum[j]);
    }
  }
  _Pragma("unroll") for (int j = 0; j < vectors; j++) {
    *(NAME(wide_memory) *)(output + n + j * LANES) = sum[j];
  }
}

static void NAME(multiply_lanes)(const float *weights, const float *input, const ptrdiff_t *bases,
                                 ptrdiff_t base_count, const float *initial, float *output,
                                 ptrdiff_t count) {
  ptrdiff_t n = 0;
  for (; n + 4 * LANES <= count; n += 4 * LANES) {
    NAME(lanes)(4, weights, input, bases, base_count, initial, output, count, n);
  }
  for (; n + LANES <= count; n += LANES) {
    NAME(lanes)(1, weights, input, bases, base_count, initial, output, count, n);
  }
  for (; n < count; n++) {
    float sum = initial[n];
    for (ptrdiff_t base = 0; base < base_count; base++) {
      sum = FMA1(weights[base * count + n], input[bases[base] + n], sum);
    }
    output[n] = sum;
  }
}

// Plain loops: the compiler finds the vectors of the instruction set that is on.

static void NAME(add)(const float *restrict source, float *restrict target, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) { target[n] += source[n]; }
}

static void NAME(multiply_elements)(const float *restrict source, float *restrict target,
                                    ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) { target[n] *= source[n]; }
}

static void NAME(maximum)(const float *restrict source, float *restrict target, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) {
    const float a = target[n];
    const float b = source[n];
    target[n] = a >= b || a != a ? a : b;
  }
}
