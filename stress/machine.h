/* machine - where and from what the evidence comes. */
#ifndef WEIR_STRESS_MACHINE_H
#define WEIR_STRESS_MACHINE_H

/* Lines of text, valid until the end. */
const char *machine_host(void);  /* processor, how many, kernel */
const char *machine_build(void); /* commit, compiler, flags */
const char *machine_date(void);

/* What a reader must know to believe a pass: NULL ends the list. */
const char *const *machine_limits(void);

#endif
