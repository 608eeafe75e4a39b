#include "generate.h"
void generate_hostile(struct script *script, struct source *source) { generate_good(script, source, 0); }
