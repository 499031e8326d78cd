/* Doors with nothing else of a shim around: `doors BUNDLE {KIND PROTOCOL ADDRESS PORT TARGET-ADDRESS TARGET-PORT}…`, KIND relay or
 * resolver, a resolver's target `-`. It makes the sockets in its own network namespace, says their ports, watches and serves them as
 * shim.c does, and says what becomes of the children: `serve KIND PID`, `ended PID STATUS`. It ends with its standard input. */
#include "../door.h"
#include "../moment.h"
#include "../session.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int aside(int fd) {
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
  close(fd);
  return moved;
}

static int family_of(const char *address) {
  return strchr(address, ':') ? 6 : 4;
}

static void open_door(char **words) {
  int is_tcp = strcmp(words[1], "tcp") == 0, one = 1;
  union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  } name = {0};
  socklen_t size = family_of(words[2]) == 6 ? sizeof name.six : sizeof name.four;
  name.any.sa_family = family_of(words[2]) == 6 ? AF_INET6 : AF_INET;
  name.four.sin_port = htons((uint16_t)atoi(words[3]));
  inet_pton(name.any.sa_family, words[2], size == sizeof name.six ? (void *)&name.six.sin6_addr : &name.four.sin_addr);
  int fd = socket(name.any.sa_family, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (size == sizeof name.six)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind(fd, &name.any, size) || (is_tcp && listen(fd, 4096)) || getsockname(fd, &name.any, &size))
    abort();
  struct door_frame frame = {strcmp(words[0], "resolver") == 0, is_tcp ? DOOR_TCP : DOOR_UDP, 0, (uint32_t)atoi(words[5]), {0}};
  if (words[4][0] != '-') {
    frame.family = (uint32_t)family_of(words[4]);
    inet_pton(frame.family == 6 ? AF_INET6 : AF_INET, words[4], frame.address);
  }
  printf("door %d\n", ntohs(name.four.sin_port));
  if (door_add(&frame, fd))
    abort();
}

int main(int argc, char **argv) {
  sigset_t child;
  int folder = open(argv[1], O_RDONLY | O_DIRECTORY);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setvbuf(stdout, 0, _IOLBF, 0);
  sigemptyset(&child), sigaddset(&child, SIGCHLD), sigaddset(&child, SIGPIPE);
  sigprocmask(SIG_BLOCK, &child, 0);
  int signals = aside(signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  dup2(folder, BUNDLE);
  for (int i = 2; i + 6 <= argc; i += 6)
    open_door(argv + i);
  printf("ready\n");
  for (;;) {
    int64_t now = milliseconds_of(BOOT_CLOCK), due = doors_due(now);
    struct pollfd polled[] = {{0, POLLIN, 0}, {signals, POLLIN, 0}, {doors_watched(0, now), POLLIN, 0}, {doors_watched(1, now), POLLIN, 0}};
    struct signalfd_siginfo info;
    int status;
    poll(polled, 4, due == NEVER ? -1 : (int)(due - now));
    if (polled[0].revents)
      break;
    for (int kind = 0; kind < DOOR_KINDS; kind++)
      if (polled[2 + kind].revents) {
        doors_serve(kind, now);
        printf("serve %s\n", kind ? "resolver" : "relay");
      }
    while (read(signals, &info, sizeof info) > 0)
      ;
    for (int pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; printf("ended %d %d\n", pid, status))
      doors_ended(pid, status);
  }
  for (int kind = 0; kind < DOOR_KINDS; kind++)
    doors_shut(kind);
  return 0;
}
