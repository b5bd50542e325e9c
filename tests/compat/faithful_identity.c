/* SPDX-License-Identifier: MIT */
/*
 * What the kernel grants a process by who it is, after root has become somebody else in each of the ways there
 * are; and what its new files are like. For a plain user: that it stays one. Prints one line for each; to
 * be compared with what it prints bare. Runs in an empty folder that everybody may search.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOMEBODY 12345
#define GROUP 23456
#define MEMBERS 34567

static void show(const char *what, long result)
{
	(void)printf("  %-38s %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
}

static int reads(const char *name)
{
	int fd = open(name, O_RDONLY);

	return fd < 0 ? -1 : close(fd);
}

static void owner(const char *name)
{
	struct stat st;

	if (lstat(name, &st) == 0)
		(void)printf("  %s: %u %u %o\n", name, st.st_uid, st.st_gid, st.st_mode);
}

static void all_that_counts(void)
{
	int fd = open("everybodys/new", O_CREAT | O_EXCL | O_WRONLY, 06777);

	show("create", fd);
	owner("everybodys/new");
	show("mkdir", mkdir("everybodys/folder", 02777));
	owner("everybodys/folder");
	show("symlink", symlink("new", "everybodys/link"));
	owner("everybodys/link");
	(void)close(open("groups/new", O_CREAT | O_WRONLY, 0644));
	owner("groups/new");
	show("read what only root may", reads("roots"));
	show("read what members may", reads("members"));
	show("write what only root may", truncate("roots", 0));
	show("make a file in a folder of root", mkdir("roots-folder/new", 0700));
	show("search a folder of root", reads("closed/file"));
	show("chmod what is root's", chmod("roots", 0644));
	show("chmod one's own", chmod("everybodys/new", 0600));
	show("give one's own away", chown("everybodys/new", SOMEBODY + 1, (gid_t)-1));
	show("one's own to a group of one's own", chown("everybodys/new", (uid_t)-1, MEMBERS));
	show("one's own to another group", chown("everybodys/new", (uid_t)-1, GROUP + 1));
	show("remove another's where it is sticky", unlink("sticky/roots"));
	show("rename another's where it is sticky", rename("sticky/roots", "sticky/mine"));
	show("link what is not one's own", link("roots", "everybodys/hard"));
	show("times of what is not one's own", utimensat(AT_FDCWD, "members", NULL, 0));
	show("run what only root may", access("program", X_OK));
	(void)rmdir("everybodys/folder");
	(void)unlink("everybodys/new");
	(void)unlink("everybodys/link");
	(void)unlink("groups/new");
	(void)unlink("everybodys/hard");
}

static int nothing(void)
{
	return 0;
}

static int for_good(void)
{
	gid_t groups[] = { MEMBERS };

	return setgroups(1, groups) || setresgid(GROUP, GROUP, GROUP) ||
	       setresuid(SOMEBODY, SOMEBODY, SOMEBODY);
}

static int without_groups(void)
{
	return setgroups(0, NULL) || setgid(GROUP) || setuid(SOMEBODY);
}

static int effective_only(void)
{
	return setegid(GROUP) || seteuid(SOMEBODY);
}

static int file_system_only(void)
{
	(void)setfsgid(GROUP);
	(void)setfsuid(SOMEBODY);
	return 0;
}

static int there_and_back(void)
{
	return seteuid(SOMEBODY) || seteuid(0);
}

static int group_only(void)
{
	return setresgid(GROUP, GROUP, GROUP);
}

static int keeping_powers(void)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setresuid(SOMEBODY, SOMEBODY, SOMEBODY);
}

static int with_umask(void)
{
	(void)umask(027);
	return seteuid(SOMEBODY);
}

static const struct {
	const char *name;
	int (*become)(void);
} ways[] = {
	{ "somebody, for good", for_good },
	{ "somebody, without groups", without_groups },
	{ "effective ids only", effective_only },
	{ "ids for files only", file_system_only },
	{ "there and back", there_and_back },
	{ "group only", group_only },
	{ "keeping powers", keeping_powers },
	{ "with a umask", with_umask },
	{ "as started", nothing },
};

static int touch(const char *name, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	return fd < 0 || close(fd) < 0 || chmod(name, mode) < 0;
}

static int prepare(void)
{
	(void)umask(0);
	return mkdir("everybodys", 0777) || mkdir("groups", 0777) || mkdir("roots-folder", 0755) ||
	       mkdir("closed", 0700) || touch("closed/file", 0666) || mkdir("sticky", 0777) ||
	       chmod("sticky", 01777) || touch("sticky/roots", 0666) || touch("roots", 0600) ||
	       touch("members", 0640) || touch("program", 0700) ||
	       (geteuid() == 0 && (chown("members", 0, MEMBERS) || chown("groups", 0, MEMBERS))) ||
	       chmod("groups", 02777);
}

int main(void)
{
	(void)setvbuf(stdout, NULL, _IONBF, 0);
	if (prepare()) {
		perror("prepare");
		return 1;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		pid_t child = fork();

		if (child == 0) {
			(void)umask(022);
			if (ways[i].become())
				(void)printf("%s: %s\n", ways[i].name, strerrorname_np(errno));
			else
				(void)printf("%s\n", ways[i].name);
			all_that_counts();
			_exit(0);
		}
		(void)waitpid(child, NULL, 0);
	}
	return 0;
}
