/*
 * background - what happens besides mail: other programs' lines, reloads and restarts
 */
#ifndef LOG_GENERATOR_BACKGROUND_H
#define LOG_GENERATOR_BACKGROUND_H

#include "tests/bench/log_generator/world.h"

/* Another program writes a line, or one of Postfix's that means nothing here; the next one is planned. */
void background_noise(struct world *world);

/* The operator decides upon a reload or a restart of an instance. */
void background_maintenance(struct world *world, struct instance *instance);

/* The lines that master(8) logs of it, and the state of the instance after it. */
void background_reload(struct world *world, struct instance *instance);
void background_stop(struct world *world, struct instance *instance);
void background_start(struct world *world, struct instance *instance);

#endif
