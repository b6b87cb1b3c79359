// Pools of frames of a ring.

#include "check.h"

static void check_case(int is_maximum, ck_frames frames, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t gap,
                       int is_odd) {
  frames.size = rows * columns;
  float *slots = numbers(frames.slot_count * frames.size, 1, 0);
  if (is_odd) {
    const float odd[] = {NAN, INFINITY, -INFINITY, -0.0f, 0};
    for (int n = 0; n < COUNT(odd); n++) { slots[any_place(frames.slot_count * frames.size)] = odd[n]; }
  }
  frames.slots = slots;
  const float divisor = is_maximum ? 1 : (float)frames.count;
  const ptrdiff_t stride = columns + gap, count = (rows - 1) * stride + columns;
  float *target = room(count), *wanted = room(count);
  ck_pool_frames(set, is_maximum, frames, divisor, target, stride, rows, columns);
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t n = 0; n < columns; n++) {
      float value = 0;
      for (ptrdiff_t i = 0; i < frames.count; i++) {
        const ptrdiff_t slot = (frames.first + i * frames.step) % frames.slot_count;
        const float next = slots[slot * frames.size + r * columns + n];
        if (i == 0) {
          value = next;
        } else if (is_maximum) {
          value = next > value || next != next ? next : value;
        } else {
          value += next;
        }
      }
      wanted[r * stride + n] = value / divisor;
    }
  }
  expect_same(target, wanted, count, is_maximum ? "maximum" : "mean");
  made(target, count);
  give_back();
}

void check_frames(void) {
  static const ptrdiff_t columns[] = {1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 31, 33, 65};
  static const ck_frames frames[] = {
      // …, …, slots, first, step, count
      {NULL, 0, 1, 0, 1, 1},  {NULL, 0, 3, 2, 1, 2},  {NULL, 0, 5, 3, 2, 3},    {NULL, 0, 9, 8, 4, 4},
      {NULL, 0, 16, 5, 1, 16}, {NULL, 0, 17, 9, 1, 17}, {NULL, 0, 40, 39, 7, 35},
  };
  for (int is_maximum = 0; is_maximum < 2; is_maximum++) {
    begin(is_maximum ? "ck_pool_frames/maximum" : "ck_pool_frames/mean", ALL_SETS);
    for (int f = 0; f < COUNT(frames); f++) {
      for (int c = 0; c < COUNT(columns); c++) {
        check_case(is_maximum, frames[f], 1, columns[c], 0, c % 3 == 1);
        check_case(is_maximum, frames[f], 3, columns[c], 0, c % 3 == 2);
        check_case(is_maximum, frames[f], 3, columns[c], 2, c % 3 == 0);
      }
    }
    end();
  }
}
