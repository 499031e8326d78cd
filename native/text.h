/* Building short texts without a C library. Whoever builds one knows that it fits. */
#pragma once

#include <stdint.h>

static inline long size_of(const char *text) {
  long size = 0;
  while (text[size])
    size++;
  return size;
}

static inline char *put(char *to, const char *text) {
  while (*text)
    *to++ = *text++;
  return to;
}

static inline char *put_number(char *to, int64_t number) {
  char digits[24];
  int count = 0;
  uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
  do
    digits[count++] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (number < 0)
    *to++ = '-';
  while (count > 0)
    *to++ = digits[--count];
  return to;
}

/* A member of a JSON object. */
static inline char *put_field(char *to, const char *name, int64_t number) {
  return put_number(put(put(put(to, "\""), name), "\":"), number);
}

static inline int equal(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return *a == *b;
}

/* What follows `name` in `word`, or 0: `value_of("max=5", "max=")` is "5". */
static inline const char *value_of(const char *word, const char *name) {
  while (*name)
    if (*word++ != *name++)
      return 0;
  return word;
}

static inline int64_t number_in(const char *text) {
  int64_t number = 0;
  while (*text >= '0' && *text <= '9')
    number = number * 10 + (*text++ - '0');
  return number;
}
