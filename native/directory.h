/* What getdents64(2) fills a buffer with, and what it takes to remove a directory. */
#ifndef TSDOCKER_DIRECTORY_H
#define TSDOCKER_DIRECTORY_H

#include <stdint.h>

struct entry {
  uint64_t inode, offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

#define DT_DIR_ 4
#define AT_REMOVEDIR_ 0x200

#endif
