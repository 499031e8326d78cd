/* The connections to a shim's socket. */
#pragma once

#include "frame.h"

struct session;

#define MOST_CLIENTS 256

struct client {
  int fd; /* 0: nobody */
  struct session *session; /* the process it is about */
  uint32_t wants;
  int spool; /* what it has not read yet, a file without a name; negative: none */
  uint64_t spool_from, spool_to, missed;
  int32_t ending[2]; /* FRAME_EXITED, to be sent when all before it is */
  int is_ending;
  int descriptor;    /* that came with a frame, or -1 */
  uint32_t got;      /* of the next frame */
  uint32_t input_at, input_size; /* input that its process has not taken yet */
  char bytes[sizeof(struct frame) + FRAME_MOST], input[FRAME_MOST];
};

extern struct client clients[MOST_CLIENTS];
extern struct client *clients_end; /* behind it there is nobody */
extern int client_count;

/* The head of a loop over the clients of a session. */
#define EACH_CLIENT(client, of) \
  for (struct client *client = clients; client < clients_end; client++) \
    if (client->fd && client->session == (of))

/* Takes the connection over. Returns 0 where there are too many, it is then closed, or where it is none. */
struct client *client_add(int fd, struct session *session);
void client_drop(struct client *client);

/* Sends a frame, or keeps what the client does not read yet. It is never waited for. */
void client_send(struct client *client, uint32_t kind, const void *bytes, uint32_t size);

/* Sends what was kept. Call it when the socket can be written to. */
void client_flush(struct client *client);

/* Whether something is still to be sent. */
int client_is_behind(const struct client *client);

/* Whether so much is to be sent that its process has to wait. */
int client_holds(const struct client *client);

/* Tells it the end of its process, and lets go of it when it has read that. */
void client_end(struct client *client, int32_t status, int32_t oom);

/* Reads from the socket and calls `handle` with each whole frame. A client that does not keep to the protocol is dropped. */
void client_receive(struct client *client, int (*handle)(struct client *, const struct frame *, const char *));

/* Where files without a name are made. */
extern int client_spools;
