#ifndef TSDOCKER_ENDING_H
#define TSDOCKER_ENDING_H

/* How many processes of the cgroup the kernel killed for memory; 0 without the controller. */
int oom_kills(int cgroup);

/* Kills what is left in the cgroup and removes it, the folder `id` in `parent`. */
void empty_cgroup(int cgroup, int parent, const char *id);

/* Writes the file `exit` into the bundle, durably. */
void record_exit(int bundle, int status, int oom);

#endif
