#pragma once

/* How many processes of the cgroup the kernel killed for memory; 0 without the controller. */
int oom_kills(int cgroup);

/* Some process was killed so. From then on a kernel (6.18) kills what is cloned into the cgroup from outside: enter it first. */
extern int cgroup_was_killed;

/* Kills every process in it and below, frozen or not, and waits until they are gone; cgroups that the container made below go as well. */
void empty_cgroup(int cgroup);

/* Removes the emptied cgroup `payload` in the container's `folder`, and that, which is `id` in `base`. */
void remove_cgroup(int folder, int base, const char *id);

void freeze_cgroup(int cgroup, int frozen);
