/* A process of the container that the shim is the parent of: the first one, one that was executed in it, or a health probe. */
#pragma once

#include <stdint.h>

#define MOST_SESSIONS 128

/* Where the shim finds what it was started with. What it opens itself lies above all of them. */
enum {
  LAUNCH = 3,  /* the launch socket of the first process */
  CONTROL = 4, /* the first client's connection */
  BUNDLE = 5,
  PAYLOAD = 6,     /* the cgroup of the container's processes */
  CGROUP = 7,      /* the folder that holds it, and the shim's own */
  LAYERS = 8,      /* the layer namespace and its root, which we only keep (or /dev/null) */
  LAYERS_ROOT = 9,
  USERS = 10,      /* the user namespace (or /dev/null) */
  CGROUPS = 11,    /* the folder of all our cgroups, with a shared lock */
  NETWORK = 12,    /* the network namespace (or /dev/null), which we only keep: it ends with the container, not with a process of it */
  OUT_OF_THE_WAY = 32
};

/* The programs of `session_launch` find: 3 the program, 4 the pair, 5 to 7 stdin, stdout and stderr where there is no terminal, and: */
enum { HELPER_PARENT = 4, HELPER_STDIO = 5, HELPER_FIRST = 9 /* a pidfd of the first process, for what joins the container */ };

struct session {
  enum { SESSION_FREE, SESSION_LAUNCHING, SESSION_RUNNING, SESSION_FAILED } phase;
  int is_terminal, has_input;
  int input_ends;            /* with the client that feeds it, its input ends, too */
  int pid, pidfd;
  int helper, parent;        /* while it is launched: who runs the program, and the pair on which we hear of it */
  int input, outputs[2];     /* ours of its pipes, or its terminal; -1: none */
};

extern struct session sessions[MOST_SESSIONS]; /* number 0 is the container's first process */
extern struct session *sessions_end;           /* behind the last one that was ever used */

/* Moves a descriptor to where no program expects one. */
int aside(int fd);

/* Closes a descriptor; -1 is none. */
void let_go(int *fd);

/* A free one, or 0. `wants`: WANT_TERMINAL and WANT_STDIN of frame.h. */
struct session *session_new(uint32_t wants);

/* Has a helper run the launch program that comes from `launch`, a socket or a file; closes `launch`. Returns 0, or -errno. */
int session_launch(struct session *session, int launch);

/* What the launch says: the pid, the terminal, and by its end that the command runs, or that a step failed. */
void session_hear(struct session *session);

/* Sends it a signal. Returns what the call did, or -ESRCH where it does not run yet. */
int session_signal(const struct session *session, int signal);

/* Ends it and waits for that. Returns its exit status. */
int session_kill(struct session *session);

/* Reaps the process, which has ended. Returns its exit status as a shell gives it, or -EAGAIN where it has not. */
int session_reap(struct session *session);

/* Reaps children that no session knows of and tells `ended` of them, with the status of wait4(2): one that serves doors, the stored
 * command, or a clone whose helper died before it could tell. As a zombie such
 * a one would keep the container's first process from ever ending (pid_namespaces(7)). */
void sessions_reap_strangers(void (*ended)(int pid, int status));

/* Lets go of its descriptors. */
void session_close(struct session *session);
