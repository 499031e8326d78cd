/* Small files, which are read and written as a whole, and folders that go as a whole. */
#pragma once

/* Reads at most `room` - 1 bytes and ends them with a 0. Returns how many; none where it cannot be read. */
long file_read(int folder, const char *name, char *to, long room);

/* Opens it with these flags of open(2) besides and writes to it. Returns whether everything was written. */
int file_write(int folder, const char *name, int flags, const char *bytes, long size);

/* Puts a new file in its place, whole or not at all. With `durably` it is on the disk when this returns. Returns whether it did. */
int file_replace(int folder, const char *name, const char *bytes, long size, int durably);

/* Removes what is in `folder` and below. */
void folder_empty(int folder);

/* Removes the folders in `folder` and below, and no files: for cgroups, where no more can be removed, and nothing renamed. */
void folder_prune(int folder);
