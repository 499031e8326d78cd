#include "dns.h"
#include "text.h"

enum { IS_ANSWER = 0x80, OPCODE = 0x78, IS_CUT = 2, RECURSION_WANTED = 1, RECURSION_OFFERED = 0x80 }; /* bits of bytes 2, 2, 2, 2, 3 */
enum { OPTIONS_SIZE = 11, SMALLEST_ROOM = 512, LARGEST_ROOM = 1232 /* fits into what IPv6 carries in one piece (DNS flag day 2020) */ };

static uint32_t number_at(const uint8_t *at) {
  return (uint32_t)at[0] << 8 | at[1];
}

static void put_at(uint8_t *at, uint32_t number) {
  at[0] = (uint8_t)(number >> 8), at[1] = (uint8_t)number;
}

static char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? (char)(letter + 32) : letter;
}

/* Returns where the name ends, 0 where it is malformed. */
static uint32_t read_name(const uint8_t *packet, uint32_t size, uint32_t at, char name[DNS_NAME_ROOM]) {
  uint32_t begin = at, length = 0, is_odd = 0;
  for (; at < size && packet[at]; at += packet[at] + 1u) {
    if (packet[at] > 63 || at + packet[at] >= size || at + packet[at] + 2 - begin > 255)
      return 0;
    if (length)
      name[length++] = '.';
    for (uint32_t i = 1; i <= packet[at]; i++) {
      char letter = lower((char)packet[at + i]);
      is_odd |= letter <= ' ' || letter == '.' || letter == 127; /* what is above 127 is negative here */
      name[length++] = letter;
    }
  }
  name[is_odd ? 0 : length] = 0;
  return at < size ? at + 1 : 0;
}

/* Returns where the record ends, 0 where it is malformed. */
static uint32_t skip_record(const uint8_t *packet, uint32_t size, uint32_t at) {
  while (at < size && packet[at] && packet[at] < 64)
    at += packet[at] + 1u;
  if (at >= size || (packet[at] && packet[at] < 192))
    return 0;
  at += packet[at] ? 2 : 1;
  return at + 10 > size || at + 10 + number_at(packet + at + 8) > size ? 0 : at + 10 + number_at(packet + at + 8);
}

static int read_options(const uint8_t *packet, uint32_t size, struct question *question) {
  uint32_t others = number_at(packet + 6) + number_at(packet + 8), all = others + number_at(packet + 10), at = question->size;
  for (uint32_t i = 0, end; i < all; i++, at = end) {
    end = skip_record(packet, size, at);
    if (!end)
      return DNS_FORMAT;
    if (i < others || packet[at] || number_at(packet + at + 1) != DNS_OPT)
      continue;
    if (question->has_options)
      return DNS_FORMAT;
    uint32_t room = number_at(packet + at + 3);
    question->room = room < SMALLEST_ROOM ? SMALLEST_ROOM : room > LARGEST_ROOM ? LARGEST_ROOM : room;
    question->has_options = 1, question->is_secure = packet[at + 7] >> 7;
    if (packet[at + 6])
      return DNS_VERSION;
  }
  return 0;
}

int dns_read(const uint8_t *packet, uint32_t size, struct question *question) {
  question->size = 0, question->has_options = question->is_secure = 0, question->room = SMALLEST_ROOM;
  if (size < DNS_HEADER || packet[2] & IS_ANSWER)
    return -1;
  if (packet[2] & OPCODE)
    return DNS_NOT_KNOWN;
  uint32_t end = number_at(packet + 4) == 1 ? read_name(packet, size, DNS_HEADER, question->name) : 0;
  if (!end || end + 4 > size)
    return DNS_FORMAT;
  question->type = (uint16_t)number_at(packet + end), question->class = (uint16_t)number_at(packet + end + 2);
  question->size = end + 4;
  return read_options(packet, size, question);
}

struct answer answer_begin(uint8_t *packet, const struct question *question, uint32_t room) {
  uint32_t size = question->size ? question->size : DNS_HEADER;
  return (struct answer){.question = question, .bytes = packet, .size = size, .room = room - (question->has_options ? OPTIONS_SIZE : 0)};
}

/* The head of a record about the name in question. Returns where its data go, or 0 where there is no room for so much. */
static uint8_t *begin_record(struct answer *answer, int type, uint32_t size) {
  uint8_t *at = answer->bytes + answer->size;
  if (answer->size + 12 + size > answer->room) {
    answer->is_cut = 1;
    return 0;
  }
  put_at(at, 0xc000 | DNS_HEADER), put_at(at + 2, (uint32_t)type), put_at(at + 4, 1), put_at(at + 6, 0), put_at(at + 8, DNS_SECONDS);
  put_at(at + 10, size);
  answer->size += 12 + size, answer->count++;
  return at + 12;
}

void answer_add_address(struct answer *answer, int family, const uint8_t *address) {
  uint32_t size = family == 6 ? 16 : 4;
  uint8_t *at = begin_record(answer, family == 6 ? DNS_AAAA : DNS_A, size);
  for (uint32_t i = 0; at && i < size; i++)
    at[i] = address[i];
}

/* Writes the labels of a name. Returns how many bytes that are, 0 where it is none that can be written. */
static uint32_t encode_name(const char *name, uint8_t to[DNS_NAME_ROOM]) {
  uint32_t size = 0;
  for (const char *at = name; *at; at += *at == '.') {
    uint32_t length = 0;
    while (at[length] && at[length] != '.')
      length++;
    if (length == 0 || length > 63 || size + length + 2 > 255)
      return 0;
    to[size++] = (uint8_t)length;
    while (length--)
      to[size++] = (uint8_t)*at++;
  }
  to[size++] = 0;
  return size;
}

void answer_add_name(struct answer *answer, const char *name) {
  uint8_t labels[DNS_NAME_ROOM];
  uint32_t size = encode_name(name, labels);
  uint8_t *at = size ? begin_record(answer, DNS_PTR, size) : 0;
  for (uint32_t i = 0; at && i < size; i++)
    at[i] = labels[i];
}

uint32_t answer_end(struct answer *answer, int code) {
  const struct question *question = answer->question;
  uint8_t *packet = answer->bytes, *at = packet + answer->size;
  packet[2] = (uint8_t)(IS_ANSWER | (packet[2] & (OPCODE | RECURSION_WANTED)) | (answer->is_cut ? IS_CUT : 0));
  packet[3] = (uint8_t)(RECURSION_OFFERED | (code & 15));
  put_at(packet + 4, question->size != 0), put_at(packet + 6, answer->count), put_at(packet + 8, 0), put_at(packet + 10, (uint32_t)question->has_options);
  if (!question->has_options)
    return answer->size;
  at[0] = 0, put_at(at + 1, DNS_OPT), put_at(at + 3, LARGEST_ROOM), put_at(at + 5, (uint32_t)code >> 4 << 8);
  put_at(at + 7, question->is_secure ? 0x8000 : 0), put_at(at + 9, 0);
  return answer->size + OPTIONS_SIZE;
}

int dns_answers(const uint8_t *packet, uint32_t size, const uint8_t *query, const struct question *question, uint16_t id) {
  if (size < question->size || number_at(packet) != id || !(packet[2] & IS_ANSWER) || number_at(packet + 4) != 1)
    return 0;
  for (uint32_t i = DNS_HEADER; i < question->size; i++)
    if (packet[i] != query[i] && (i + 4 >= question->size || lower((char)packet[i]) != lower((char)query[i]))) /* no length is a letter */
      return 0;
  return 1;
}

uint32_t dns_cut(uint8_t *packet, uint32_t size, const struct question *question) {
  if (size <= question->room)
    return size;
  packet[2] |= IS_CUT;
  for (int i = 6; i < DNS_HEADER; i++)
    packet[i] = 0;
  return question->size;
}

/* Four numbers, without zeros in front (RFC 6943, 3.1.1: they mean different things to different readers). */
static int read_four(const char *text, uint32_t size, uint8_t *address) {
  uint32_t at = 0;
  for (int i = 0; i < 4; i++) {
    uint32_t number = 0, digits = 0;
    if (i > 0 && (at == size || text[at++] != '.'))
      return 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9' && digits < 4; digits++)
      number = number * 10 + (uint32_t)(text[at++] - '0');
    if (digits == 0 || digits > 3 || number > 255 || (digits > 1 && text[at - digits] == '0'))
      return 0;
    address[i] = (uint8_t)number;
  }
  return at == size;
}

static int digit_of(char letter) {
  letter = lower(letter);
  return letter >= '0' && letter <= '9' ? letter - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* Groups of hexadecimal digits, one gap, and perhaps an IPv4 address at the end (RFC 4291, 2.2). */
static int read_six(const char *text, uint32_t size, uint8_t *address) {
  uint32_t at = 0, filled = 0, gap = 17;
  for (int i = 0; i < 16; i++)
    address[i] = 0;
  if (size >= 2 && text[0] == ':' && text[1] == ':')
    at = 2, gap = 0;
  while (at < size && filled < 16) {
    uint32_t begin = at, number = 0;
    while (at < size && at - begin < 4 && digit_of(text[at]) >= 0)
      number = number << 4 | (uint32_t)digit_of(text[at++]);
    if (at < size && text[at] == '.' && filled <= 12 && read_four(text + begin, size - begin, address + filled)) {
      filled += 4, at = size;
      break;
    }
    if (at == begin)
      return 0;
    address[filled++] = (uint8_t)(number >> 8), address[filled++] = (uint8_t)number;
    if (at == size)
      break;
    if (text[at++] != ':' || at == size)
      return 0;
    if (text[at] == ':') {
      if (gap < 17)
        return 0;
      gap = filled, at++;
    }
  }
  if (at < size || (gap == 17 ? filled != 16 : filled > 14))
    return 0;
  for (uint32_t i = 0; gap < 17 && i < filled - gap; i++)
    address[15 - i] = address[filled - 1 - i], address[filled - 1 - i] = 0;
  return 1;
}

int address_in(const char *text, uint32_t size, uint8_t address[16]) {
  return read_four(text, size, address) ? 4 : read_six(text, size, address) ? 6 : 0;
}

/* Reads the labels of a reversed address: numbers of the base, the last one first. Returns how many. */
static int read_reversed(const char *name, const char *end, int base, uint8_t *numbers, int most) {
  int count = 0;
  for (const char *at = name;; at++) {
    int number = 0, digits = 0;
    for (; digit_of(*at) >= 0 && digit_of(*at) < base && digits < 3; digits++)
      number = number * base + digit_of(*at++);
    if (digits == 0 || (base == 16 ? digits > 1 : number > 255) || *at != '.' || count == most)
      return 0;
    numbers[count++] = (uint8_t)number;
    if (equal(at, end))
      return count;
  }
}

int dns_reverse(const char *name, uint8_t address[16]) {
  uint8_t numbers[32];
  if (read_reversed(name, ".in-addr.arpa", 10, numbers, 4) == 4) {
    for (int i = 0; i < 4; i++)
      address[i] = numbers[3 - i];
    return 4;
  }
  if (read_reversed(name, ".ip6.arpa", 16, numbers, 32) != 32)
    return 0;
  for (int i = 0; i < 16; i++)
    address[i] = (uint8_t)(numbers[31 - 2 * i] << 4 | numbers[30 - 2 * i]);
  return 6;
}
