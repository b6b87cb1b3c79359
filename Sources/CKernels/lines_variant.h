// The product whose columns are lines of a frame, with numbers between them that belong to none; included by variant.h
// where vectors can be loaded in part.
//
// Columns are counted without what is between the lines. A vector of them that lies over the end of a line is loaded
// once for each line that it has lanes of: the lanes behind a break are `gap` floats further on. So nothing between
// lines is computed, and nothing has to be copied.

// A vector of 16 columns has so many breaks where lines have no fewer than five columns.
#define MOST_BREAKS 3

// As the instruction wants it.
typedef float NAME(sixteen) __attribute__((vector_size(64)));

typedef struct {
  // Where its first column is in the right factor, and in a row of outputs.
  ptrdiff_t source, target;
  int breaks;
  // The lanes behind each break.
  uint16_t behind[MOST_BREAKS];
} NAME(line_vector);

static NAME(line_vector) NAME(line_vector_at)(ptrdiff_t column, ptrdiff_t columns, ptrdiff_t width) {
  ptrdiff_t next = columns - column % columns;
  NAME(line_vector) vector = {column / columns * width + column % columns, column, 0, {0}};
  for (; next < LANES; next += columns) {
    vector.behind[vector.breaks++] = (uint16_t)(0xffffu << next);
  }
  return vector;
}

// Where a tile is the first one that reads its part of the right factor, this often comes from a far cache, and is asked
// for so many taps in advance.
#define TAPS_AHEAD 36

// `rows` rows, of which `count` are there, of some vectors with at most `breaks` breaks. The first four are constants
// where this is called.
static inline __attribute__((always_inline)) void NAME(tile_of_lines)(
    const int rows, const int count_of_vectors, const int breaks, const int is_first, ptrdiff_t count,
    const NAME(line_vector) *vectors, ptrdiff_t gap, const float *weights, const ck_taps *taps,
    const float *initial, const ck_finish *finish, ptrdiff_t row, float *output, ptrdiff_t stride) {
  NAME(wide) sum[8][3];
  ptrdiff_t from[3];
  uint16_t behind[3][MOST_BREAKS];
  _Pragma("unroll") for (int j = 0; j < count_of_vectors; j++) {
    from[j] = vectors[j].source;
    _Pragma("unroll") for (int b = 0; b < breaks; b++) { behind[j][b] = vectors[j].behind[b]; }
    _Pragma("unroll") for (int i = 0; i < rows; i++) {
      sum[i][j] = (NAME(wide))(initial[i < count ? i : 0]);
    }
  }
  for (ptrdiff_t base = 0; base < taps->base_count; base++) {
    const float *frame = taps->input + taps->bases[base];
    for (ptrdiff_t tap = 0; tap < taps->offset_count; tap++) {
      const float *source = frame + taps->offsets[tap];
      FETCH_AHEAD(weights)
      if (is_first && tap + TAPS_AHEAD < taps->offset_count) {
        const float *next = frame + taps->offsets[tap + TAPS_AHEAD];
        _Pragma("unroll") for (int j = 0; j < count_of_vectors; j++) {
          __builtin_prefetch(next + from[j]);
        }
      }
      NAME(wide) right[3];
      _Pragma("unroll") for (int j = 0; j < count_of_vectors; j++) {
        right[j] = *(const NAME(wide_memory) *)(source + from[j]);
        _Pragma("unroll") for (int b = 0; b < breaks; b++) {
          right[j] = (NAME(wide))__builtin_ia32_loadups512_mask(
              source + from[j] + (b + 1) * gap, (NAME(sixteen))right[j],
              behind[j][b]);
        }
      }
      _Pragma("unroll") for (int i = 0; i < rows; i++) {
        const NAME(wide) weight = (NAME(wide))(weights[i]);
        _Pragma("unroll") for (int j = 0; j < count_of_vectors; j++) {
          sum[i][j] = FMA(weight, right[j], sum[i][j]);
        }
      }
      weights += 8;
    }
  }
  _Pragma("unroll") for (int i = 0; i < rows; i++) {
    if (i < count) {
      if (finish != NULL) { NAME(finish_wide)(finish, row + i, count_of_vectors, sum[i]); }
      _Pragma("unroll") for (int j = 0; j < count_of_vectors; j++) {
        *(NAME(wide_memory) *)(output + i * stride + vectors[j].target) = sum[i][j];
      }
    }
  }
}

#define TILE(name, rows, vectors, is_first)                                                       \
  static __attribute__((noinline)) void NAME(name)(                                               \
      ptrdiff_t count, const NAME(line_vector) *places, ptrdiff_t gap, const float *weights,      \
      const ck_taps *taps, const float *initial, const ck_finish *finish, ptrdiff_t row,          \
      float *output, ptrdiff_t stride) {                                                          \
    /* The last one has the most breaks. */                                                       \
    switch (places[vectors - 1].breaks) {                                                         \
      BREAKS(rows, vectors, 0, is_first)                                                          \
      BREAKS(rows, vectors, 1, is_first)                                                          \
      BREAKS(rows, vectors, 2, is_first)                                                          \
      BREAKS(rows, vectors, 3, is_first)                                                          \
    }                                                                                             \
  }
#define BREAKS(rows, vectors, breaks, is_first)                                                   \
  case breaks:                                                                                    \
    NAME(tile_of_lines)                                                                           \
    (rows, vectors, breaks, is_first, count, places, gap, weights, taps, initial, finish, row,    \
     output, stride);                                                                             \
    break;
TILE(first_lines_8_3, 8, 3, 1)
TILE(first_lines_8_2, 8, 2, 1)
TILE(first_lines_8_1, 8, 1, 1)
TILE(lines_8_3, 8, 3, 0)
TILE(lines_8_2, 8, 2, 0)
TILE(lines_8_1, 8, 1, 0)
TILE(lines_4_3, 4, 3, 0)
TILE(lines_4_2, 4, 2, 0)
TILE(lines_4_1, 4, 1, 0)
#undef BREAKS
#undef TILE
#undef TAPS_AHEAD

// All rows of up to six vectors; `is_first` where no row of others has read them.
static void NAME(block_of_lines)(const float *weights, ptrdiff_t rows, const ck_taps *taps,
                                 const NAME(line_vector) *vectors, ptrdiff_t count, ptrdiff_t gap,
                                 const float *initial, const ck_finish *finish, int is_first,
                                 float *output, ptrdiff_t stride) {
  const ptrdiff_t taps_count = taps->base_count * taps->offset_count;
  for (ptrdiff_t row = 0; row < rows; row += 8) {
    const ptrdiff_t rest = rows - row < 8 ? rows - row : 8;
    ptrdiff_t n = 0;
#define TILES(name, width)                                                                        \
  NAME(name##_##width)                                                                            \
  (rest, vectors + n, gap, weights + row * taps_count, taps, initial + row, finish, row,          \
   output + row * stride, stride);                                                                \
  n += width;
#define TILES_OF(name)                                                                            \
  while (n < count) {                                                                             \
    if (count - n == 3 || count - n >= 5) {                                                       \
      TILES(name, 3)                                                                              \
    } else if (count - n >= 2) {                                                                  \
      TILES(name, 2)                                                                              \
    } else {                                                                                      \
      TILES(name, 1)                                                                              \
    }                                                                                             \
  }
    if (rest <= 4) {
      TILES_OF(lines_4)
    } else if (is_first && row == 0) {
      TILES_OF(first_lines_8)
    } else {
      TILES_OF(lines_8)
    }
#undef TILES_OF
#undef TILES
  }
}

// All columns of some panels.
static void NAME(panels_of_lines)(const float *weights, ptrdiff_t rows, ck_taps taps,
                                  const float *initial, const ck_finish *finish, int is_first,
                                  float *output, ptrdiff_t stride, ptrdiff_t lines,
                                  ptrdiff_t columns, ptrdiff_t width) {
  const ptrdiff_t count = lines * columns, gap = width - columns;
  ptrdiff_t tail = count % LANES;
  if (tail > NAME(most_left)(rows, &taps) || tail > columns) { tail = 0; }
  if (tail > 0) {
    // They are the last ones of the last line, and lie one behind the other.
    ck_taps own = taps;
    own.input += (lines - 1) * gap;
    NAME(multiply_columns)(weights, rows, 8, &own, count - tail, initial, output, stride, tail);
    if (finish != NULL) {
      NAME(ck_finish_rows)(finish, rows, output + count - tail, stride, tail);
    }
  }
  for (ptrdiff_t n = 0; n < count - tail;) {
    NAME(line_vector) vectors[6];
    ptrdiff_t filled = 0;
    for (; filled < 6 && n < count - tail; filled++, n += LANES) {
      // The last vector may share columns with the one before.
      const ptrdiff_t column = n + LANES <= count ? n : count - LANES;
      const NAME(line_vector) vector = NAME(line_vector_at)(column, columns, width);
      // Vectors are sorted by their breaks: most tiles have none.
      ptrdiff_t place = filled;
      for (; place > 0 && vectors[place - 1].breaks > vector.breaks; place--) {
        vectors[place] = vectors[place - 1];
      }
      vectors[place] = vector;
    }
    NAME(block_of_lines)(weights, rows, &taps, vectors, filled, gap, initial, finish, is_first, output,
                         stride);
  }
}

// Panels of 8 rows, and at least 16 columns in all.
static void NAME(multiply_lines)(const float *weights, ptrdiff_t rows, ck_taps taps,
                                 const float *initial, const ck_finish *finish, float *output,
                                 ptrdiff_t stride, ptrdiff_t lines, ptrdiff_t columns,
                                 ptrdiff_t width) {
  const ptrdiff_t taps_count = taps.base_count * taps.offset_count;
  // Weights that come from far are multiplied with all columns while a few panels of them are near.
  const ptrdiff_t most = rows * taps_count > 1 << 19 ? 32 : rows;
  for (ptrdiff_t row = 0; row < rows; row += most) {
    ck_finish own;
    if (finish != NULL) {
      own = *finish;
      if (own.scales != NULL) {
        own.scales += row;
        own.shifts += row;
      }
    }
    NAME(panels_of_lines)(weights + row * taps_count, rows - row < most ? rows - row : most, taps,
                          initial + row, finish == NULL ? NULL : &own, row == 0,
                          output + row * stride, stride, lines, columns, width);
  }
}
#undef MOST_BREAKS
