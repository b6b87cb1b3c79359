// Squares of vectors in registers; included by variants, with the macros of instruction_sets.h.

#include "vectors.h"

// Turns a square of LANES vectors: lane i of vector j goes to lane j of vector i.
INLINE void NAME(turn_square)(floats *v) {
#if LANES == 16
  floats t[16];
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_2(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_2(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN_4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
  _Pragma("unroll") for (int i = 0; i < 16; i += 2) {
    t[i] = LOW(v[i], v[i + 1]);
    t[i + 1] = HIGH(v[i], v[i + 1]);
  }
  _Pragma("unroll") for (int i = 0; i < 16; i += 4) {
    v[i] = LOW_2(t[i], t[i + 2]);
    v[i + 1] = HIGH_2(t[i], t[i + 2]);
    v[i + 2] = LOW_2(t[i + 1], t[i + 3]);
    v[i + 3] = HIGH_2(t[i + 1], t[i + 3]);
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    t[i] = EVEN_4(v[i], v[i + 4]);
    t[i + 4] = ODD_4(v[i], v[i + 4]);
    t[i + 8] = EVEN_4(v[i + 8], v[i + 12]);
    t[i + 12] = ODD_4(v[i + 8], v[i + 12]);
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    v[i] = EVEN_4(t[i], t[i + 8]);
    v[i + 8] = ODD_4(t[i], t[i + 8]);
    v[i + 4] = EVEN_4(t[i + 4], t[i + 12]);
    v[i + 12] = ODD_4(t[i + 4], t[i + 12]);
  }
#undef LOW
#undef HIGH
#undef LOW_2
#undef HIGH_2
#undef EVEN_4
#undef ODD_4
#elif LANES == 8
  floats t[8];
  _Pragma("unroll") for (int i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  _Pragma("unroll") for (int i = 0; i < 8; i += 4) {
    v[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    v[i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    v[i + 2] = __builtin_shufflevector(t[i + 1], t[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    v[i + 3] = __builtin_shufflevector(t[i + 1], t[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    t[i] = __builtin_shufflevector(v[i], v[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    v[i + 4] = __builtin_shufflevector(v[i], v[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    v[i] = t[i];
  }
#else
  floats t[4];
  _Pragma("unroll") for (int i = 0; i < 4; i += 2) {
    t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 4, 1, 5);
    t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 6, 3, 7);
  }
  _Pragma("unroll") for (int i = 0; i < 2; i++) {
    v[2 * i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 4, 5);
    v[2 * i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 6, 7);
  }
#endif
}
