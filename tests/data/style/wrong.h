/* wrong - what tests/style must find */
#ifndef TESTS_DATA_STYLE_WRONG_H
#define TESTS_DATA_STYLE_WRONG_H

/* One that is documented, and one that is with it. */
int above(int number);
int with_it(int number);

int behind(int number); /* documented as well */

int bare(int number);

/* More than one comment can serve. */
int first(void);
int second(void);
int third(void);
int fourth(void);
int fifth(void);
int sixth(void);
int seventh(void);
int eighth(void);
int ninth(void);

static inline int inline_one(int number)
{
    return number;
}

#endif
