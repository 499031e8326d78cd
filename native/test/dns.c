/* Holds the messages of the resolver to a model: `dns SEED TIMES`. Queries are right, or changed at random; the memory they stand in is as
 * large as they are. Every answer is read by a parser that has nothing in common with dns.c and must be a whole message that fits the query.
 * What it says of a name must be what the files with names say, among whose lines there are malformed ones. Addresses are held to inet_pton(3). */
#undef main
#include "../names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FACTS = 400, LONGEST_FILE = 1 << 16 };

static struct fact {
  char name[64];
  int family, is_first;
  uint8_t address[16];
} facts[MOST_FACTS];
static int fact_count;
static uint64_t state;
static unsigned long answered, refused, dropped, cut, unknown, accepted;

long outside(long number, long a, long b, long c, long d, long e, long f) {
  (void)number, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
  abort(); /* it makes no system calls */
}

static uint64_t below(uint64_t bound) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return state % bound;
}

static void check(int is_right, const char *what) {
  if (is_right)
    return;
  fprintf(stderr, "driver: %s\n", what);
  abort();
}

static const char *some_name(void) {
  static const char *const all[] = {"web", "db", "web.1", "3f2a9b01c", "a", "x-y_z", "very-long-label-very-long-label-very-long-label-very-long-63", "none"};
  return all[below(sizeof all / sizeof *all)];
}

static void put_address(char *to, int family, uint8_t address[16]) {
  memset(address, 0, 16);
  address[0] = family == 6 ? 0xfd : 10, address[family == 6 ? 15 : 3] = (uint8_t)(1 + below(200)), address[2] = (uint8_t)below(3);
  inet_ntop(family == 6 ? AF_INET6 : AF_INET, address, to, 64);
}

/* A file as the engine writes it, with lines between that mean nothing. */
static void make_names(void) {
  static const char *const odd[] = {"\n", "#web 10.0.0.1\n", "10.0.0.300 web\n", "web 10.0.0.1\n", "   \t\n", "10.0.0.1\n", "fe80::1%eth0 web\n", "::: a\n", "10.0.0.1#a\n"};
  char *file = malloc(LONGEST_FILE), address_text[64];
  uint32_t size = 0;
  names_clear(), fact_count = 0;
  for (uint64_t lines = below(60); lines > 0; lines--) {
    int family = below(3) ? 4 : 6, count = 1 + (int)below(4);
    uint8_t address[16];
    put_address(address_text, family, address);
    size += (uint32_t)sprintf(file + size, "%s%s", below(8) ? "" : odd[below(9)], address_text);
    for (int i = 0; i < count; i++) {
      const char *name = some_name();
      struct fact *fact = &facts[fact_count++];
      *fact = (struct fact){.family = family, .is_first = i == 0};
      memcpy(fact->address, address, 16);
      strcpy(fact->name, name);
      size += (uint32_t)sprintf(file + size, "%s%s", below(2) ? " " : "\t ", name);
      if (below(4) == 0)
        file[size - 1] = (char)(file[size - 1] & ~32); /* a capital, or something else */
      if (!((file[size - 1] | 32) >= 'a' && (file[size - 1] | 32) <= 'z'))
        file[size - 1] = name[strlen(name) - 1];
    }
    size += (uint32_t)sprintf(file + size, "%s", below(8) ? "\n" : below(2) ? " # web\n" : "\r\n");
  }
  char *exact = malloc(size ? size : 1);
  memcpy(exact, file, size);
  names_add(exact, size);
  free(exact);
  if (below(3) == 0) { /* and anything at all, which adds names that nobody asks for or none */
    uint32_t noise = (uint32_t)below(200);
    exact = malloc(noise ? noise : 1);
    for (uint32_t i = 0; i < noise; i++)
      exact[i] = "0123.: \t#\n\r%"[below(12)];
    names_add(exact, noise);
    free(exact);
  }
  free(file);
}

static uint32_t put_name(uint8_t *to, const char *name) {
  uint32_t size = 0;
  for (const char *dot; *name; name = *dot ? dot + 1 : dot) {
    for (dot = name; *dot && *dot != '.';)
      dot++;
    to[size++] = (uint8_t)(dot - name);
    for (; name < dot; name++)
      to[size++] = (uint8_t)(*name >= 'a' && *name <= 'z' && below(2) ? *name - 32 : *name);
  }
  to[size++] = 0;
  return size;
}

struct asked {
  char name[128];
  int type, has_options, room;
  uint32_t size;
};

static void put_reversed(char *to, const struct fact *fact) {
  if (fact->family == 4)
    sprintf(to, "%d.%d.%d.%d.in-addr.arpa", fact->address[3], fact->address[2], fact->address[1], fact->address[0]);
  for (int i = 15; i >= 0 && fact->family == 6; i--)
    to += sprintf(to, "%x.%x.%s", fact->address[i] & 15, fact->address[i] >> 4, i ? "" : "ip6.arpa");
}

static uint32_t make_query(uint8_t *packet, struct asked *asked) {
  static const int types[] = {DNS_A, DNS_AAAA, DNS_ANY, DNS_PTR, 15, 65};
  *asked = (struct asked){.type = types[below(6)], .has_options = (int)below(2), .room = 512};
  strcpy(asked->name, some_name());
  if (asked->type == DNS_PTR && below(8)) {
    put_reversed(asked->name, &facts[below((uint64_t)fact_count + 1)]);
  }
  memset(packet, 0, 12);
  packet[0] = (uint8_t)below(256), packet[1] = (uint8_t)below(256), packet[2] = (uint8_t)below(2), packet[5] = 1;
  uint32_t at = 12 + put_name(packet + 12, asked->name);
  packet[at++] = 0, packet[at++] = (uint8_t)asked->type, packet[at++] = 0, packet[at++] = 1;
  asked->size = at;
  if (!asked->has_options)
    return at;
  int size = (int)below(3000), most = size < 512 ? 512 : size > 1232 ? 1232 : size;
  const uint8_t options[] = {0, 0, DNS_OPT, (uint8_t)(size >> 8), (uint8_t)size, 0, 0, below(2) ? 0x80 : 0, 0, 0, 4, 0, 10, 0, 0};
  asked->room = most, packet[11] = 1;
  memcpy(packet + at, options, sizeof options);
  return at + sizeof options;
}

static uint32_t change(uint8_t *packet, uint32_t size) {
  for (uint64_t times = below(5); times > 0; times--)
    packet[below(3) ? below(size) : below(14)] = (uint8_t)(below(2) ? below(256) : (uint8_t)"\0\1\77\100\300\377\14\51"[below(8)]);
  return below(4) ? size : (uint32_t)below(size + 1);
}

static uint32_t two(const uint8_t *at) {
  return at[0] * 256u + at[1];
}

/* Walks a name with its pointers. Returns how many bytes it takes where it stands, and writes it. */
static uint32_t walk_name(const uint8_t *packet, uint32_t size, uint32_t at, char *to) {
  uint32_t taken = 0, jumps = 0, length = 0;
  for (;;) {
    check(at < size && length < 256, "a name that does not end");
    uint8_t label = packet[at];
    if ((label & 0xc0) == 0xc0) {
      check(at + 1 < size && jumps++ < 4, "a pointer that leads nowhere");
      taken += jumps == 1 ? 2 : 0;
      at = two(packet + at) & 0x3fff;
      continue;
    }
    check(label < 64 && at + 1 + label <= size, "a label that is too long");
    taken += jumps ? 0 : label + 1u;
    if (label == 0)
      break;
    for (uint32_t i = 1; i <= label; i++)
      to[length++] = (char)(packet[at + i] >= 'A' && packet[at + i] <= 'Z' ? packet[at + i] + 32 : packet[at + i]);
    to[length++] = '.', at += label + 1u;
  }
  to[length ? length - 1 : 0] = 0;
  return taken;
}

struct told {
  int code, addresses, names, has_options, is_cut;
};

/* Reads an answer to its last byte. */
static struct told read_answer(const uint8_t *packet, uint32_t size, const uint8_t *query) {
  char name[300], question[300] = "";
  struct told told = {0};
  check(size >= 12 && packet[0] == query[0] && packet[1] == query[1], "an answer to something else");
  check((packet[2] & 0x80) && ((packet[2] ^ query[2]) & 0x79) == 0 && (packet[3] & 0x70) == 0, "flags that are wrong");
  uint32_t questions = two(packet + 4), answers = two(packet + 6), others = two(packet + 10), at = 12;
  check(questions < 2 && two(packet + 8) == 0 && others < 2, "counts that are wrong");
  told.code = packet[3] & 15, told.is_cut = packet[2] >> 1 & 1;
  if (questions)
    at += walk_name(packet, size, at, question) + 4;
  for (uint32_t i = 0; i < answers + others; i++) {
    at += walk_name(packet, size, at, name);
    check(at + 10 <= size, "half a record");
    uint32_t type = two(packet + at), length = two(packet + at + 8);
    check(at + 10 + length <= size, "half a record");
    check((type == DNS_OPT) == (i >= answers), "options among answers");
    check(type == DNS_OPT || strcmp(name, question) == 0, "an answer about another name");
    check(type != DNS_A || length == 4, "an address of a wrong size");
    check(type != DNS_AAAA || length == 16, "an address of a wrong size");
    if (type == DNS_PTR)
      check(walk_name(packet, size, at + 10, name) == length && name[0], "a name of a wrong size");
    told.addresses += type == DNS_A || type == DNS_AAAA, told.names += type == DNS_PTR, told.has_options += type == DNS_OPT;
    if (type == DNS_OPT)
      told.code |= packet[at + 4] << 4;
    else
      check(type == DNS_A || type == DNS_AAAA || type == DNS_PTR, "a record of a wrong type");
    at += 10 + length;
  }
  check(at == size, "bytes behind the answer");
  return told;
}

/* How many facts there are about a right query, -1 where the name is not known. */
static int expected(const struct asked *asked) {
  int count = -1;
  for (const struct fact *fact = facts; fact < facts + fact_count; fact++) {
    char reversed[128];
    put_reversed(reversed, fact);
    if (fact->is_first && strcmp(reversed, asked->name) == 0)
      count = (count < 0 ? 0 : count) + (asked->type == DNS_PTR);
    if (strcmp(fact->name, asked->name) == 0)
      count = (count < 0 ? 0 : count) + (asked->type == DNS_ANY || asked->type == (fact->family == 6 ? DNS_AAAA : DNS_A));
  }
  return count;
}

static void ask(void) {
  uint8_t made[512];
  struct asked asked;
  struct question question;
  uint32_t size = make_query(made, &asked);
  int is_right = below(2) == 0;
  if (!is_right)
    size = change(made, size);
  uint8_t *packet = malloc(size ? size : 1);
  memcpy(packet, made, size);
  int code = dns_read(packet, size, &question);
  if (is_right)
    check(code == 0 && question.size == asked.size && strcmp(question.name, asked.name) == 0 && (int)question.room == asked.room &&
          question.has_options == asked.has_options, "a query that is right is not read as it is");
  if (code < 0) {
    dropped++;
    free(packet);
    return;
  }
  uint32_t room = below(4) ? question.room : 16384;
  packet = realloc(packet, room);
  struct answer answer = answer_begin(packet, &question, room);
  int is_known = code == 0 && names_answer(&question, &answer);
  uint32_t end = answer_end(&answer, code ? code : is_known ? DNS_NO_ERROR : DNS_NO_NAME);
  check(end <= room, "an answer that is too large");
  struct told told = read_answer(packet, end, made);
  check(told.has_options == question.has_options && (told.code == code || !code), "options are not answered");
  answered += is_known, refused += code > 0, unknown += !is_known && !code, cut += (unsigned)told.is_cut;
  int most = is_right ? expected(&asked) : 0;
  if (is_right)
    check(is_known == (most >= 0) && told.code == (is_known ? 0 : 3), "a name is known, or is not");
  if (is_right && is_known)
    check(told.is_cut ? told.addresses + told.names < most : told.addresses + told.names == most, "addresses are missing, or too many");

  uint32_t changed = change(packet, end); /* what a server would send back */
  uint8_t *exact = malloc(changed ? changed : 1);
  memcpy(exact, packet, changed);
  if (!code && changed >= 12 && dns_answers(exact, changed, made, &question, (uint16_t)two(made))) {
    char name[300];
    check(two(exact) == two(made) && (exact[2] & 0x80) && two(exact + 4) == 1, "what is no answer counts as one");
    uint32_t taken = walk_name(exact, changed, 12, name);
    check(12 + taken + 4 == question.size && memcmp(exact + 12 + taken, made + 12 + taken, 4) == 0, "an answer to another question counts");
    check(dns_cut(exact, changed, &question) <= question.room, "an answer is not cut");
    accepted++;
  }
  free(exact);
  free(packet);
}

/* More names, and longer ones, than there is room for. */
static void flood(uint32_t length) {
  char line[300] = "10.0.0.1 ";
  uint32_t size = 9;
  while (size < 9 + length)
    line[size++] = 'f';
  for (int i = 0; i < (length < 9 ? MOST_NAMES + 100 : 3000); i++) {
    char *exact = malloc(size);
    memcpy(exact, line, size);
    names_add(exact, size);
    free(exact);
  }
  names_clear();
}

/* Texts that are addresses or nearly so. */
static void compare_address(void) {
  char made[64] = "";
  uint8_t address[16], other[16], own[16] = {0};
  uint32_t size = 0;
  if (below(2)) {
    int family = below(2) ? 4 : 6;
    for (int i = 0; i < 16; i++)
      own[i] = below(2) ? 0 : (uint8_t)below(256);
    inet_ntop(family == 6 ? AF_INET6 : AF_INET, own, made, sizeof made);
    size = (uint32_t)strlen(made);
    for (uint64_t times = below(3); times > 0 && size; times--)
      made[below(size)] = "0123456789abcdefABG:.: "[below(23)];
  } else {
    for (uint64_t length = below(44); length > 0; length--)
      made[size++] = "012:.:1af"[below(9)];
  }
  made[size] = 0;
  char *exact = malloc(size ? size : 1);
  memcpy(exact, made, size);
  int family = address_in(exact, size, address), right = inet_pton(AF_INET, made, other) == 1 ? 4 : inet_pton(AF_INET6, made, other) == 1 ? 6 : 0;
  if (family != right || (family && memcmp(address, other, family == 6 ? 16 : 4)))
    fprintf(stderr, "%s\n", made);
  check(family == right, "an address is one, or is none");
  check(!family || memcmp(address, other, family == 6 ? 16 : 4) == 0, "an address is another one");
  free(exact);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  state = strtoull(argv[1], 0, 10) * 2654435761u + 88172645463325252u;
  flood(3), flood(253), flood(254);
  for (unsigned long times = strtoul(argv[2], 0, 10), i = 0; i < times; i++) {
    if (i % 50 == 0)
      make_names();
    ask();
    compare_address();
  }
  printf("%lu answered, %lu unknown, %lu refused, %lu dropped, %lu cut, %lu accepted\n", answered, unknown, refused, dropped, cut, accepted);
  return 0;
}
