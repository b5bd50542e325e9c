/* SPDX-License-Identifier: MIT */
#include "audit/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/state.h"
#include "common/clean.h"

#define HEX_SIZE (2 * KEYS_PUBLIC_SIZE + 1)
#define SECRET_NAME "host.key"
#define PUBLIC_NAME "host.pub"

_Static_assert(KEYS_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(KEYS_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(KEYS_SIGNATURE_SIZE == crypto_sign_BYTES, "Ed25519");
_Static_assert(crypto_sign_SEEDBYTES == KEYS_PUBLIC_SIZE, "a seed is as long as a key");

int keys_folder(const char *database, char *out)
{
	char beside[PATH_MAX];
	int len = snprintf(beside, sizeof(beside), "%s-keys", database);

	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	/* Those beside the database, once they are there. */
	if (access(beside, F_OK) < 0 && state_path("keys", out) == 0)
		return 0;
	(void)snprintf(out, PATH_MAX, "%s", beside);
	return 0;
}

static int path_of(const char *folder, const char *name, char *out)
{
	return snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* 64 hex digits and the end of the line. */
static int hex_read(const char *hex, unsigned char *out)
{
	size_t len = 0;
	const char *end = NULL;

	if (sodium_hex2bin(out, KEYS_PUBLIC_SIZE, hex, strlen(hex), NULL, &len, &end) != 0 ||
	    len != KEYS_PUBLIC_SIZE || (*end && strcmp(end, "\n") != 0))
		return -EINVAL;
	return 0;
}

/* @is_secret: nobody else may have been able to read or write it. */
static int file_read(const char *folder, const char *name, bool is_secret, unsigned char *out)
{
	char path[PATH_MAX], text[HEX_SIZE + 1] = "";
	CLEAN_FD int fd = -1;
	struct stat st;
	ssize_t len;
	int r = path_of(folder, name, path);

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) ||
	    (is_secret && (st.st_uid != geteuid() || st.st_mode & (S_IRWXG | S_IRWXO))))
		return -EPERM;
	len = read(fd, text, sizeof(text) - 1);
	if (len < 0)
		return -errno;
	r = hex_read(text, out);
	sodium_memzero(text, sizeof(text));
	return r;
}

static int text_write(int fd, const char *text, size_t len)
{
	ssize_t written = write(fd, text, len);

	if (written < 0)
		return -errno;
	return (size_t)written == len && fsync(fd) == 0 ? 0 : -EIO;
}

/* A whole file under its name, or none. @replace: instead of what has the name. */
static int file_write(const char *folder, const char *name, const unsigned char *bytes,
		      bool replace)
{
	char path[PATH_MAX], other[PATH_MAX + 8], hex[HEX_SIZE + 1];
	CLEAN_FD int fd = -1;
	int r = path_of(folder, name, path);

	if (r < 0)
		return r;
	(void)snprintf(other, sizeof(other), "%s.XXXXXX", path);
	fd = mkostemp(other, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return -errno;
	(void)sodium_bin2hex(hex, HEX_SIZE, bytes, KEYS_PUBLIC_SIZE);
	hex[HEX_SIZE - 1] = '\n';
	r = text_write(fd, hex, HEX_SIZE);
	sodium_memzero(hex, sizeof(hex));
	if (r == 0)
		r = replace ? (rename(other, path) == 0 ? 0 : -errno)
			    : state_name_file(other, path);
	(void)unlink(other);
	return r;
}

static int pair_read(struct keys *keys)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	int r = file_read(keys->folder, SECRET_NAME, true, seed);

	if (r == 0)
		(void)crypto_sign_seed_keypair(keys->public, keys->secret, seed);
	sodium_memzero(seed, sizeof(seed));
	return r;
}

/* Of several that make one at the same time, one has made it. */
static int secret_make(const char *folder)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	int r;

	randombytes_buf(seed, sizeof(seed));
	r = file_write(folder, SECRET_NAME, seed, false);
	sodium_memzero(seed, sizeof(seed));
	return r;
}

static int public_keep(const struct keys *keys, const char *name)
{
	unsigned char known[KEYS_PUBLIC_SIZE];

	if (file_read(keys->folder, name, false, known) == 0 &&
	    memcmp(known, keys->public, sizeof(known)) == 0)
		return 0;
	return file_write(keys->folder, name, keys->public, true);
}

static int keys_fault(const char *folder, int r, struct fault *fault)
{
	const char *why = r == -EPERM	 ? "'" SECRET_NAME "' is not a file of yours alone; hint: "
					   "chmod 600"
			  : r == -EINVAL ? "'" SECRET_NAME "' is no key"
					 : strerror(-r);

	return fault_set(fault, r, "cannot use the keys of the recorder: '%s': %s", folder, why);
}

/* In the state folder, or beside the database. */
static int folder_make(const char *database, char *folder)
{
	int r = keys_folder(database, folder);

	if (r < 0)
		return r;
	r = state_make_folder(folder);
	if (r != -EACCES && r != -EROFS && r != -EPERM && r != -ENOENT)
		return r;
	if (snprintf(folder, PATH_MAX, "%s-keys", database) >= PATH_MAX)
		return -ENAMETOOLONG;
	return state_make_folder(folder);
}

int keys_open(const char *database, struct keys *out, struct fault *fault)
{
	int r = sodium_init() < 0 ? -EIO : folder_make(database, out->folder);

	if (r == 0)
		r = pair_read(out);
	if (r == -ENOENT) {
		r = secret_make(out->folder);
		if (r == 0)
			r = pair_read(out);
	}
	if (r == 0)
		r = public_keep(out, PUBLIC_NAME);
	return r < 0 ? keys_fault(out->folder, r, fault) : 0;
}

void keys_close(struct keys *keys)
{
	sodium_memzero(keys->secret, sizeof(keys->secret));
}

void keys_draw(const struct keys *keys, struct keys *out)
{
	memcpy(out->folder, keys->folder, sizeof(out->folder));
	(void)crypto_sign_keypair(out->public, out->secret);
}

int keys_replace(const struct keys *keys, const struct keys *next, struct fault *fault)
{
	unsigned char seed[crypto_sign_SEEDBYTES];
	char name[HEX_SIZE + 4];
	int r;

	(void)sodium_bin2hex(name, HEX_SIZE, keys->public, KEYS_PUBLIC_SIZE);
	(void)snprintf(name + 16, sizeof(name) - 16, ".pub");
	r = public_keep(keys, name);
	(void)crypto_sign_ed25519_sk_to_seed(seed, next->secret);
	if (r == 0)
		r = file_write(keys->folder, SECRET_NAME, seed, true);
	sodium_memzero(seed, sizeof(seed));
	if (r == 0)
		r = public_keep(next, PUBLIC_NAME);
	return r < 0 ? keys_fault(keys->folder, r, fault) : 0;
}

void keys_read_known(const char *folder, struct keys_known *out)
{
	DIR *files = opendir(folder);
	struct dirent *file;

	out->count = 0;
	if (!files)
		return;
	while ((file = readdir(files)) && out->count < KEYS_KNOWN_MAX) {
		const char *dot = strrchr(file->d_name, '.');

		if (dot && strcmp(dot, ".pub") == 0 &&
		    file_read(folder, file->d_name, false, out->keys[out->count]) == 0)
			out->count++;
	}
	(void)closedir(files);
}

int keys_add_known(struct keys_known *known, const char *hex)
{
	if (known->count == KEYS_KNOWN_MAX)
		return -ENOBUFS;
	if (hex_read(hex, known->keys[known->count]) < 0)
		return -EINVAL;
	known->count++;
	return 0;
}

bool keys_are_known(const struct keys_known *known, const unsigned char *key)
{
	for (size_t i = 0; i < known->count; i++)
		if (memcmp(known->keys[i], key, KEYS_PUBLIC_SIZE) == 0)
			return true;
	return false;
}
