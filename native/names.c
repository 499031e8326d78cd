#include "names.h"
#include "text.h"

static struct name {
  uint32_t hash, text;
  uint8_t family, is_first /* of its line: what the address is called */, address[16];
} names[MOST_NAMES];
static char texts[MOST_NAME_BYTES];
static uint32_t count, used, turn;

void names_clear(void) {
  count = used = 0;
}

static uint32_t hash_of(const char *name) {
  uint32_t hash = 2166136261u;
  while (*name)
    hash = (hash ^ (unsigned char)*name++) * 16777619u;
  return hash;
}

static int is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\r';
}

/* The next word of a line, or none. */
static char *next_word(char **at, const char *end, uint32_t *size) {
  char *begin = *at;
  while (begin < end && is_blank(*begin))
    begin++;
  char *to = begin;
  while (to < end && !is_blank(*to) && *to != '#')
    to++;
  *size = (uint32_t)(to - begin);
  *at = to;
  return *size ? begin : 0;
}

static void add(const char *word, uint32_t size, int is_first, int family, const uint8_t *address) {
  if (size > 253 || count == MOST_NAMES || used + size + 1 > MOST_NAME_BYTES)
    return;
  struct name *name = &names[count++];
  char *to = texts + used;
  for (uint32_t i = 0; i < size; i++)
    to[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] + 32) : word[i];
  to[size] = 0;
  *name = (struct name){.hash = hash_of(to), .text = used, .family = (uint8_t)family, .is_first = (uint8_t)is_first};
  __builtin_memcpy(name->address, address, sizeof name->address);
  used += size + 1;
}

static void add_line(char *at, const char *end) {
  uint8_t address[16] = {0};
  uint32_t size;
  const char *word = next_word(&at, end, &size);
  int family = word ? address_in(word, size, address) : 0;
  for (int is_first = 1; family && (word = next_word(&at, end, &size)); is_first = 0)
    add(word, size, is_first, family, address);
}

void names_add(char *text, uint32_t size) {
  for (char *at = text, *end = text + size, *line_end; at < end; at = line_end + 1) {
    for (line_end = at; line_end < end && *line_end != '\n';)
      line_end++;
    add_line(at, line_end);
  }
}

static int is_at(const struct name *name, int family, const uint8_t *address) {
  int is_same = name->is_first && name->family == family;
  for (int i = 0; is_same && i < (family == 6 ? 16 : 4); i++)
    is_same = name->address[i] == address[i];
  return is_same;
}

static int answer_reverse(const struct question *question, struct answer *answer, int family, const uint8_t *address) {
  int is_known = 0;
  for (const struct name *name = names; name < names + count; name++) {
    if (!is_at(name, family, address))
      continue;
    is_known = 1;
    if (question->type == DNS_PTR || question->type == DNS_ANY)
      answer_add_name(answer, texts + name->text);
  }
  return is_known;
}

/* Several containers of one name take turns at being the first. */
int names_answer(const struct question *question, struct answer *answer) {
  uint8_t address[16];
  int family = dns_reverse(question->name, address), is_known = 0;
  if (!question->name[0] || (question->class != 1 && question->class != 255))
    return 0;
  if (family)
    return answer_reverse(question, answer, family, address);
  uint32_t hash = hash_of(question->name), wanted = 0;
  for (uint32_t round = 0, first = 0; round < 3; round++) {
    uint32_t at = 0;
    if (round == 1)
      first = wanted ? turn++ % wanted : 0;
    for (const struct name *name = names; name < names + count; name++) {
      if (name->hash != hash || !equal(texts + name->text, question->name))
        continue;
      is_known = 1;
      if (question->type != DNS_ANY && question->type != (name->family == 6 ? DNS_AAAA : DNS_A))
        continue;
      if (round == 0)
        wanted++;
      else if ((at++ >= first) == (round == 1))
        answer_add_address(answer, name->family, name->address);
    }
  }
  return is_known;
}
