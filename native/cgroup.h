#ifndef TSDOCKER_CGROUP_H
#define TSDOCKER_CGROUP_H

/* How many processes of the cgroup the kernel killed for memory; 0 without the controller. */
int oom_kills(int cgroup);

/* Kills every process in it and below, frozen or not. */
void kill_cgroup(int cgroup);

/* The same, and waits until they are gone; cgroups that the container made below go as well. */
void empty_cgroup(int cgroup);

/* Removes the emptied cgroup `payload` in the container's `folder`, and that, which is `id` in `base`. */
void remove_cgroup(int folder, int base, const char *id);

void freeze_cgroup(int cgroup, int frozen);

#endif
