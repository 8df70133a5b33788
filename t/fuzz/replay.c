/*
 * replay FILE...		give a fuzz target the inputs in these files
 * replay -o DIR FILE...	write them to DIR instead, one a file
 *
 * Each line of FILE.in or FILE.txt is an input, without its LF; of FILE.hex
 * each line is the bytes that stand there in hexadecimal, up to a TAB; any
 * other file is one input.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

/* Where the inputs go. */
struct sink {
	const char *dir;	/* written to files there, or NULL: run */
	unsigned long n;	/* inputs so far */
};

/* Use one input; -1 with errno if it cannot be written. */
static int
use(struct sink *s, const void *data, size_t len)
{
	unsigned char *copy;
	char path[4096];
	FILE *f;

	s->n++;
	if (s->dir != NULL) {
		snprintf(path, sizeof(path), "%s/%05lu", s->dir, s->n);
		if ((f = fopen(path, "w")) == NULL)
			return -1;
		fwrite(data, 1, len, f);
		return fclose(f);
	}
	/* Exactly as large, so that reading past the end is seen. */
	if ((copy = malloc(len > 0 ? len : 1)) == NULL)
		return -1;
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	return 0;
}

/* Undo hexadecimal in place up to what is none; the number of bytes. */
static size_t
unhex(char *s)
{
	unsigned byte;
	size_t n;

	for (n = 0; isxdigit((unsigned char)s[2 * n]) &&
	    sscanf(s + 2 * n, "%2x", &byte) == 1; n++)
		s[n] = (char)byte;
	return n;
}

/* Use each line of a file. */
static int
use_lines(struct sink *s, FILE *f, int hex)
{
	char *line = NULL;
	size_t cap = 0, len;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &cap, f)) > 0) {
		len = (size_t)n - (line[n - 1] == '\n');
		line[len] = '\0';
		if (hex && *line == '#')
			continue;
		if (hex)
			len = unhex(line);
		r = use(s, line, len);
	}
	free(line);
	return r;
}

/* Use a file as a whole. */
static int
use_whole(struct sink *s, FILE *f)
{
	char *p;
	long n;
	int r = -1;

	if (fseek(f, 0, SEEK_END) == -1 || (n = ftell(f)) == -1 ||
	    fseek(f, 0, SEEK_SET) == -1)
		return -1;
	if ((p = malloc((size_t)n + 1)) == NULL)
		return -1;
	if (fread(p, 1, (size_t)n, f) == (size_t)n)
		r = use(s, p, (size_t)n);
	free(p);
	return r;
}

/* Does a name end like this? */
static int
ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

int
main(int argc, char **argv)
{
	struct sink s = { NULL, 0 };
	FILE *f;
	int i = 1, r;

	if (argc > 2 && strcmp(argv[1], "-o") == 0) {
		s.dir = argv[2];
		i = 3;
	}
	for (; i < argc; i++) {
		if ((f = fopen(argv[i], "r")) == NULL) {
			perror(argv[i]);
			return 1;
		}
		if (ends(argv[i], ".hex"))
			r = use_lines(&s, f, 1);
		else if (ends(argv[i], ".in") || ends(argv[i], ".txt"))
			r = use_lines(&s, f, 0);
		else
			r = use_whole(&s, f);
		if (r == -1) {
			perror(argv[i]);
			return 1;
		}
		fclose(f);
	}
	printf("%lu inputs\n", s.n);
	return 0;
}
