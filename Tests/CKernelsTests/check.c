// Runs the checks on each instruction set. A line for each function and set:
//
//     FUNCTION SET fused|all FLOATS FINGERPRINT
//
// and, behind lines with what is wrong, "FAILED FUNCTION SET: …". Ends with 1 where something is wrong.

#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int32_t set;
int is_fused;

#if defined(__x86_64__)
static const char *const set_names[] = {"baseline", "avx2", "avx512"};
#else
static const char *const set_names[] = {"neon"};
#endif

// MARK: - One function

static struct {
  const char *function;
  agreement sets;
  uint64_t floats, fingerprint, wrong;
  uint64_t random;
} current;

static uint64_t all_wrong;

void begin(const char *function, agreement sets) {
  current.function = function;
  current.sets = sets;
  current.floats = current.wrong = 0;
  current.fingerprint = 0xcbf29ce484222325u;
  current.random = 17;
}

void end(void) {
  give_back();
  expect(current.floats > 0, "nothing was made");
  printf("%s %s %s %llu %016llx\n", current.function, set_names[set],
         current.sets == ALL_SETS ? "all" : "fused", (unsigned long long)current.floats,
         (unsigned long long)current.fingerprint);
  all_wrong += current.wrong;
}

void expect(int condition, const char *format, ...) {
  if (condition) { return; }
  if (current.wrong++ >= 5) { return; }
  printf("FAILED %s %s: ", current.function, set_names[set]);
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
}

int expect_same(const float *found, const float *wanted, ptrdiff_t count, const char *what) {
  for (ptrdiff_t n = 0; n < count; n++) {
    if (!has_same_bits(found[n], wanted[n])) {
      expect(0, "%s: element %td of %td is %.9g, not %.9g", what, n, count, found[n], wanted[n]);
      return 0;
    }
  }
  return 1;
}

static void add_to_fingerprint(uint64_t bits) {
  current.fingerprint = (current.fingerprint ^ bits) * 0x100000001b3u;
  current.floats++;
}

void made(const float *values, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) {
    uint32_t bits = 0x7fc00000;
    if (values[n] == values[n]) { memcpy(&bits, values + n, sizeof bits); }
    add_to_fingerprint(bits);
  }
}

void made_doubles(const double *values, ptrdiff_t count) {
  for (ptrdiff_t n = 0; n < count; n++) {
    uint64_t bits = 0x7ff8000000000000u;
    if (values[n] == values[n]) { memcpy(&bits, values + n, sizeof bits); }
    add_to_fingerprint(bits);
  }
}

// MARK: - Memory and numbers

// Rooms are taken from the ends of areas, behind each of which is a page that cannot be read.
#define AREAS 16
#define AREA_SIZE (4 << 20)
#define MARGIN 64
#define UNTOUCHED 0x7fa5a5a5u

static struct {
  char *end;
  float *room;
} areas[AREAS];
static int taken;

static void make_areas(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int n = 0; n < AREAS; n++) {
    char *area = mmap(NULL, AREA_SIZE + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || mprotect(area + AREA_SIZE, page, PROT_NONE) != 0) {
      perror("memory");
      exit(2);
    }
    areas[n].end = area + AREA_SIZE;
  }
}

float *room(ptrdiff_t count) {
  if (taken == AREAS || (count + MARGIN) * (ptrdiff_t)sizeof(float) > AREA_SIZE) {
    printf("FAILED %s: too much memory is asked for\n", current.function);
    exit(2);
  }
  float *room = (float *)areas[taken].end - count;
  const uint32_t untouched = UNTOUCHED;
  for (ptrdiff_t n = 1; n <= MARGIN; n++) { memcpy(room - n, &untouched, sizeof untouched); }
  for (ptrdiff_t n = 0; n < count; n++) { room[n] = 9; }
  areas[taken++].room = room;
  return room;
}

float *room_of(const float *values, ptrdiff_t count) {
  float *own = room(count);
  if (count > 0) { memcpy(own, values, (size_t)count * sizeof *own); }
  return own;
}

void give_back(void) {
  for (int area = 0; area < taken; area++) {
    for (ptrdiff_t n = 1; n <= MARGIN; n++) {
      uint32_t bits;
      memcpy(&bits, areas[area].room - n, sizeof bits);
      expect(bits == UNTOUCHED, "something is written %td floats before the first", n);
    }
  }
  taken = 0;
}

static uint32_t any_bits(void) {
  current.random = current.random * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(current.random >> 32);
}

float any_number(void) { return (float)(any_bits() >> 8) * 0x1p-23f - 1; }

ptrdiff_t any_place(ptrdiff_t end) { return (ptrdiff_t)(any_bits() % (uint64_t)end); }

float *numbers(ptrdiff_t count, float scale, float offset) {
  float *own = room(count);
  for (ptrdiff_t n = 0; n < count; n++) { own[n] = any_number() * scale + offset; }
  return own;
}

// MARK: - All of them

int main(void) {
  make_areas();
  const int32_t highest = ck_highest_instruction_set();
  for (set = 0; set <= highest; set++) {
#if defined(__x86_64__)
    is_fused = set != CK_BASELINE;
#else
    is_fused = 1;
#endif
    check_products();
    check_planes();
    check_lines();
    check_interleaved();
    check_copies();
    check_pools();
    check_frames();
    check_elements();
    check_gates();
    check_softmax();
    check_norms();
    check_columns();
    check_cells();
    check_doubles();
  }
  if (all_wrong > 0) { printf("%llu wrong\n", (unsigned long long)all_wrong); }
  return all_wrong > 0;
}
