/* The resolver: answers what the programs of one container ask 127.0.0.11 for. The names of its networks it knows; what else they ask
 * goes on to the servers of the host, unless all its networks are internal. Its doors lie in the container's network namespace, its own
 * sockets in the host's. */
#pragma once

#include "dns.h"
#include "door.h"
#include "internet.h"
#include "sys.h"

enum { PACKET_ROOM = 65535, LONGEST_QUERY = 1024, ANSWER_ROOM = 16384 /* of our own, in tcp */ };

/* What an event is about: the kind in the upper half, a number in the lower one. */
enum { ABOUT_DATAGRAMS, ABOUT_LISTENER /* of this descriptor */, ABOUT_QUERY, ABOUT_STREAM, ABOUT_SERVER /* of that stream */ };

extern int64_t resolver_now; /* of the boot clock */
extern uint8_t resolver_packet[PACKET_ROOM];

void resolver_watch(int fd, uint32_t events, int about, uint32_t number);

/* Answers a query where it stands. Returns the size of the answer, 0 where it gets none, or TO_FORWARD. */
enum { TO_FORWARD = -1 };
long resolver_answer(uint8_t *packet, uint32_t size, int is_stream);

/* Answers that it has failed. */
uint32_t resolver_fail(uint8_t *packet, uint32_t size);

/* forward.c: to the servers. Each query has an id and a socket of its own, both random, and only a fitting answer from that server counts:
 * whoever does not see it cannot forge one (RFC 5452). */
enum { SERVER_PATIENCE = 2000 /* milliseconds, then the next one is asked */ };
extern uint32_t query_count, server_count;
void server_add(const char *text, uint32_t size);
int server_connect(int type, uint32_t number);  /* a socket, or -errno */
uint32_t server_tries(void);                    /* how often a query is sent in all */
uint16_t random_id(void);
void query_forward(int door, const union place *from, const uint8_t *packet, uint32_t size);
void query_event(uint32_t number);
int64_t queries_due(void); /* does what is due; when the next thing is, or NEVER */

/* stream.c: queries in tcp, one after the other in each connection (RFC 7766). */
extern uint32_t stream_count;
void stream_accept(int door);
void stream_event(uint32_t number, int is_server);
int64_t streams_due(void);
