#ifndef TSDOCKER_REMOVE_H
#define TSDOCKER_REMOVE_H

/* Removes the bundle `id`: everything in the folder `bundle`, then the folder itself from the one it lies in. */
void remove_bundle(int bundle, const char *id);

#endif
