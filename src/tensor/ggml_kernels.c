// The pinned llama.cpp's ggml-quants.c, in a translation unit of our own. What it takes from a
// compiler or a C library that is not the same everywhere, it takes from here:
//
// - qsort() is not stable everywhere: the sorts below are.
// - log2f() is not correctly rounded everywhere: the one below is, wherever its floor matters.
// - roundf() and lroundf() are calls into the mathematics library, the only ones that the programs
//   would have to load it for: they are inline.
// - It prints and aborts: here it gives up with a value.
//
// ggml_kernels.h is the C++ view of what is defined here. ggml_names.h, made by CMake, gives each of
// llama.cpp's functions a name of ours: the engine links ggml too.
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml_names.h"

// An item of the arrays that it sorts: an int or the bits of a float, and an index.
struct item {
  int32_t key;
  int32_t index;
};

// Stable, by keys of at least 0: eight bits at a time, the lowest first.
static void sort_by_int(void* items, size_t count) {
  struct item* from = items;
  struct item* const buffer = malloc(count * sizeof(struct item));
  struct item* to = buffer;
  if (to == NULL) abort();
  int32_t max = 0;
  for (size_t i = 0; i < count; ++i) max = from[i].key > max ? from[i].key : max;
  for (int shift = 0; shift < 32 && (max >> shift) > 0; shift += 8) {
    size_t starts[257] = {0};
    for (size_t i = 0; i < count; ++i) ++starts[((from[i].key >> shift) & 255) + 1];
    for (size_t i = 1; i < 257; ++i) starts[i] += starts[i - 1];
    for (size_t i = 0; i < count; ++i) to[starts[(from[i].key >> shift) & 255]++] = from[i];
    struct item* const next = from;
    from = to;
    to = next;
  }
  if (from != items) memcpy(items, from, count * sizeof(struct item));
  free(buffer);
}

static float key_of(struct item item) {
  float key;
  memcpy(&key, &item.key, sizeof(key));
  return key;
}

// Stable, by keys that are floats; a block has at most 32.
static void sort_by_float(void* items, size_t count) {
  struct item* const item = items;
  for (size_t i = 1; i < count; ++i) {
    const struct item moved = item[i];
    size_t at = i;
    for (; at > 0 && key_of(item[at - 1]) > key_of(moved); --at) item[at] = item[at - 1];
    item[at] = moved;
  }
}

// For x > 0 and normal. In double by the series of atanh, then rounded to float once.
static float rounded_log2f(float x) {
  int exponent = 0;
  double m = frexp((double)x, &exponent);  // 0.5 <= m < 1
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double power = t;
  double sum = 0;
  for (int n = 1; n < 28; n += 2) {
    sum += power / n;
    power *= square;
  }
  return (float)(exponent + sum * 2.8853900817779268);  // 2 / ln 2
}

// Halves away from zero, as roundf() does by a call for every weight.
static inline float rounded(float x) {
  if (!(fabsf(x) < 8388608.0F)) return x;  // has no fraction, or is not a number
  const float whole = (float)(int32_t)x;
  const float more = fabsf(x - whole) >= 0.5F ? 1.0F : 0.0F;
  return copysignf(fabsf(whole) + more, x);
}

static _Thread_local jmp_buf give_up;

// By the name of the function that compares, which tells what the keys are.
#define qsort(items, count, size, compare) sort_for_##compare(items, count)
#define sort_for_iq2_compare_func(items, count) sort_by_int(items, count)
#define sort_for_iq3_compare_func(items, count) sort_by_int(items, count)
#define sort_for_iq1_sort_helper(items, count) sort_by_float(items, count)
#define log2f(x) rounded_log2f(x)
#define roundf(x) rounded(x)
#define lroundf(x) ((long)rounded(x))
#define printf(...) ((void)0)
#define fprintf(...) ((void)0)

#include "ggml-quants.c"  // NOLINT(bugprone-suspicious-include)

void ggml_abort(const char* file, int line, const char* fmt, ...) {
  (void)file;
  (void)line;
  (void)fmt;
  longjmp(give_up, 1);
}

struct kernel {
  enum ggml_type type;
  size_t block_bytes;
  int64_t block_elements;
  size_t (*quantise)(const float*, void*, int64_t, int64_t, const float*);
  void (*dequantise)(const void*, float*, int64_t);
};

#define KERNEL(TYPE, block, elements, name)                                             \
  {                                                                                     \
    GGML_TYPE_##TYPE, sizeof(block), elements, quantize_##name,                         \
        (void (*)(const void*, float*, int64_t))dequantize_row_##name                   \
  }

static const struct kernel kernels[] = {
    KERNEL(Q4_0, block_q4_0, QK4_0, q4_0),
    KERNEL(Q4_1, block_q4_1, QK4_1, q4_1),
    KERNEL(Q5_0, block_q5_0, QK5_0, q5_0),
    KERNEL(Q5_1, block_q5_1, QK5_1, q5_1),
    KERNEL(Q8_0, block_q8_0, QK8_0, q8_0),
    KERNEL(Q2_K, block_q2_K, QK_K, q2_K),
    KERNEL(Q3_K, block_q3_K, QK_K, q3_K),
    KERNEL(Q4_K, block_q4_K, QK_K, q4_K),
    KERNEL(Q5_K, block_q5_K, QK_K, q5_K),
    KERNEL(Q6_K, block_q6_K, QK_K, q6_K),
    KERNEL(IQ2_XXS, block_iq2_xxs, QK_K, iq2_xxs),
    KERNEL(IQ2_XS, block_iq2_xs, QK_K, iq2_xs),
    KERNEL(IQ3_XXS, block_iq3_xxs, QK_K, iq3_xxs),
    KERNEL(IQ1_S, block_iq1_s, QK_K, iq1_s),
    KERNEL(IQ4_NL, block_iq4_nl, QK4_NL, iq4_nl),
    KERNEL(IQ3_S, block_iq3_s, QK_K, iq3_s),
    KERNEL(IQ2_S, block_iq2_s, QK_K, iq2_s),
    KERNEL(IQ4_XS, block_iq4_xs, QK_K, iq4_xs),
    KERNEL(IQ1_M, block_iq1_m, QK_K, iq1_m),
    KERNEL(TQ1_0, block_tq1_0, QK_K, tq1_0),
    KERNEL(TQ2_0, block_tq2_0, QK_K, tq2_0),
    KERNEL(MXFP4, block_mxfp4, QK_MXFP4, mxfp4),
    KERNEL(NVFP4, block_nvfp4, QK_NVFP4, nvfp4),
    KERNEL(Q1_0, block_q1_0, QK1_0, q1_0),
    KERNEL(Q2_0, block_q2_0, QK2_0, q2_0),
};

static const struct kernel* kernel_of(uint32_t type) {
  for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); ++i)
    if ((uint32_t)kernels[i].type == type) return &kernels[i];
  return NULL;
}

size_t ggml_row_size(enum ggml_type type, int64_t elements) {
  const struct kernel* kernel = kernel_of(type);
  return (size_t)(elements / kernel->block_elements) * kernel->block_bytes;
}

// Only ggml_validate_row_data() needs these two, and nobody calls it.
size_t ggml_type_size(enum ggml_type type) { return kernel_of(type)->block_bytes; }
const char* ggml_type_name(enum ggml_type type) { return type < 0 ? "" : "ggml"; }

bool tegula_ggml_is_there(void) { return true; }
bool tegula_ggml_knows(uint32_t type) { return kernel_of(type) != NULL; }

void tegula_ggml_prepare(uint32_t type) {
  switch ((enum ggml_type)type) {
    case GGML_TYPE_IQ2_XXS:
    case GGML_TYPE_IQ2_XS:
    case GGML_TYPE_IQ2_S:
    case GGML_TYPE_IQ1_S:
    case GGML_TYPE_IQ1_M:
      iq2xs_init_impl((enum ggml_type)type);
      break;
    case GGML_TYPE_IQ3_XXS:
      iq3xs_init_impl(256);
      break;
    case GGML_TYPE_IQ3_S:
      iq3xs_init_impl(512);
      break;
    default:
      break;
  }
}

bool tegula_ggml_quantise(uint32_t type, const float* from, void* to, int64_t rows,
                          int64_t row_elements, const float* importance) {
  if (setjmp(give_up) != 0) return false;
  kernel_of(type)->quantise(from, to, rows, row_elements, importance);
  return true;
}

void tegula_ggml_dequantise(uint32_t type, const void* from, float* to, int64_t elements) {
  kernel_of(type)->dequantise(from, to, elements);
}
