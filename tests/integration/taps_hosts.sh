#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The taps in processes that hold several libraries of one name: each caller reaches its own. Beside
# other preload libraries, twice, late, and on their own without a supervisor.
. "$(dirname "$0")/lib.sh"

need gcc || exit
TAPS=$BUILD/libagentos-taps.so

# Two packages, each with a copy of its own of a library that says which it is.
cat >"$T/ssl.c" <<'END'
#include <stddef.h>
#include <string.h>
struct ssl;
int SSL_write(struct ssl *ssl, const void *bytes, int size) { (void)ssl, (void)bytes, (void)size; return COPY; }
int SSL_pending(const struct ssl *ssl) { (void)ssl; return COPY; }
int SSL_is_init_finished(const struct ssl *ssl) { (void)ssl; return 1; }
int SSL_do_handshake(struct ssl *ssl) { (void)ssl; return 1; }
int SSL_is_server(const struct ssl *ssl) { (void)ssl; return 0; }
size_t SSL_get_client_random(const struct ssl *ssl, unsigned char *out, size_t size)
{
	(void)ssl;
	memset(out, 'r' + COPY, size);
	return size;
}
END
cat >"$T/package.c" <<'END'
struct ssl;
extern int SSL_write(struct ssl *ssl, const void *bytes, int size), SSL_pending(const struct ssl *ssl);
int package_say(void) { static char session[64]; return SSL_write((struct ssl *)session, "x", 1) * 10 + SSL_pending((struct ssl *)session); }
END
cat >"$T/host.c" <<'END'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static int say(const char *path)
{
	void *package = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	int (*say)(void) = package ? (int (*)(void))dlsym(package, "package_say") : NULL;
	if (!say)
		puts(dlerror());
	return say ? say() : -1;
}
static void *thread(void *path) { printf("thread %d\n", say(path)); return NULL; }
int main(int argc, char **argv)
{
	pthread_t other;
	setvbuf(stdout, NULL, _IONBF, 0);
	for (int i = 3; i < argc; i++)
		if (!dlopen(argv[i], RTLD_NOW | RTLD_GLOBAL))
			puts(dlerror());
	for (int i = 0; i < 3; i++)
		printf("%d %d\n", say(argv[1]), say(argv[2]));
	pthread_create(&other, NULL, thread, argv[2]);
	pthread_join(other, NULL);
	if (fork() == 0) {
		printf("child %d\n", say(argv[1]));
		_exit(0);
	}
	wait(NULL);
	return 0;
}
END
for copy in 1 2; do
	mkdir "$T/$copy"
	gcc -shared -fPIC -O1 -DCOPY="$copy" -Wl,-soname,libssl-"$copy".so -o "$T/$copy/libssl-$copy.so" "$T/ssl.c" &&
		gcc -shared -fPIC -O1 -o "$T/$copy/package.so" "$T/package.c" -L"$T/$copy" -lssl-"$copy" -Wl,-rpath,"$T/$copy" ||
		not_ok "package $copy is made"
done
gcc -O1 -o "$T/host" "$T/host.c" -ldl -pthread || not_ok "the host is made"
want=$'11 22\n11 22\n11 22\nthread 22\nchild 11'

hosts() {
	bare "$@"
	same "$name" "$want" "$(cat "$T/out")"
	same "$name: without a word" "" "$(cat "$T/err")"
}
packages=("$T/1/package.so" "$T/2/package.so")
name="without the taps, each package reaches its own library" hosts "$T/host" "${packages[@]}"
name="with them" hosts env LD_PRELOAD="$TAPS" "$T/host" "${packages[@]}"
cp "$TAPS" "$T/again.so"
name="loaded twice" hosts env LD_PRELOAD="$TAPS:$T/again.so" "$T/host" "${packages[@]}"
name="loaded late" hosts "$T/host" "${packages[@]}" "$TAPS"
name="beside the shim" hosts env LD_PRELOAD="$TAPS:$BUILD/libagentos.so" "$T/host" "${packages[@]}"

# In a run that has rules about content, the sessions are on no connection: nothing is refused.
cat >"$T/policy.yaml" <<END
version: "1.0"
name: hosts
rules:
  - { name: here, on: [read_file, execute], path: "$T/", action: allow }
  - { name: no-post, on: api_call, method: POST, action: deny }
END
RUN_OPTIONS=(-p "$T/policy.yaml")
governed "$T/host" "${packages[@]}"
same "in a run, each reaches its own" "$want" "$(cat "$T/out")"
governed "$T/host" "${packages[@]}" "$T/again.so"
same "and when they are loaded once more" "$want" "$(cat "$T/out")"
