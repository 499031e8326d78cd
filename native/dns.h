/* Messages of the domain name system (RFC 1035, EDNS0 of RFC 6891), read and written without a system call. Who sends them may be
 * hostile: no length of theirs is trusted, and a question with a compressed name is malformed. */
#pragma once

#include <stdint.h>

enum { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_OPT = 41, DNS_ANY = 255 };                            /* types */
enum { DNS_NO_ERROR = 0, DNS_FORMAT = 1, DNS_FAILURE = 2, DNS_NO_NAME = 3, DNS_NOT_KNOWN = 4, DNS_REFUSED = 5, DNS_VERSION = 16 }; /* response codes */
enum { DNS_HEADER = 12, DNS_NAME_ROOM = 256, DNS_SECONDS = 5 /* that an answer of ours is good for */ };

struct question {
  uint16_t type, class;
  uint32_t size;            /* of header and question; 0 where that cannot be read */
  uint32_t room;            /* so large an answer may be in udp */
  int has_options, is_secure; /* an OPT record, and its DO bit (RFC 3225) */
  char name[DNS_NAME_ROOM]; /* in lower case, without the last dot. Empty for the root, and where a label has bytes that no name of ours has */
};

/* Returns 0, the response code to answer with, or -1 where it is no query. */
int dns_read(const uint8_t *packet, uint32_t size, struct question *question);

/* An answer that is written where the query stands, behind its question. */
struct answer {
  const struct question *question;
  uint8_t *bytes;
  uint32_t size, room;
  uint16_t count;
  int is_cut;
};

/* `room`: of the memory, or less. The query is as it was until a record is added, or the answer is ended. */
struct answer answer_begin(uint8_t *packet, const struct question *question, uint32_t room);
void answer_add_address(struct answer *answer, int family, const uint8_t *address);
void answer_add_name(struct answer *answer, const char *name); /* a PTR record */
uint32_t answer_end(struct answer *answer, int code);          /* returns its size */

/* Whether it answers this question, which was asked with this id. Of the other case of letters nothing is made. */
int dns_answers(const uint8_t *packet, uint32_t size, const uint8_t *query, const struct question *question, uint16_t id);

/* Makes a packet that is larger than an answer to the question may be one that says so. Returns its size. */
uint32_t dns_cut(uint8_t *packet, uint32_t size, const struct question *question);

/* The address in a text of so many bytes. Returns 4 or 6, and 0 where it is none. */
int address_in(const char *text, uint32_t size, uint8_t address[16]);

/* The address that a name below in-addr.arpa or ip6.arpa stands for. Returns 4 or 6, and 0 where it is none. */
int dns_reverse(const char *name, uint8_t address[16]);
