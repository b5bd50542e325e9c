# SPDX-License-Identifier: MIT
use strict;
use warnings;
use File::Find;
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempfile);
use IO::Socket::INET;

make_path('a/b/c');
for my $n (1 .. 20) {
	open(my $out, '>', "a/b/c/$n") or die "open: $!";
	print $out "line $n\n";
	close($out) or die "close: $!";
}
my @found;
find(sub { push @found, $_ if -f }, 'a');
print scalar(@found), "\n";
rename('a/b/c/1', 'one') or die "rename: $!";
symlink('one', 'link') or die "symlink: $!";
open(my $in, '<', 'link') or die "open: $!";
print <$in>;
close($in);
print `echo backticks`;
print system('sh', '-c', 'exit 6') >> 8, "\n";
open(my $pipe, '-|', 'printf "b\na\n" | sort') or die "pipe: $!";
print <$pipe>;
close($pipe);
my $child = fork();
if ($child == 0) { exit 8; }
waitpid($child, 0);
print $? >> 8, "\n";
my ($fh, $name) = tempfile();
print $fh 'temporary';
close($fh);
print -s $name, "\n";
unlink($name);
local $SIG{ALRM} = sub { print "alarm\n" };
alarm(1);
sleep(5);
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "listen: $!";
if (fork() == 0) {
	my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport)
		or die "connect: $!";
	print $client "over tcp\n";
	exit 0;
}
my $peer = $server->accept;
print <$peer>;
wait();
open(my $missing, '<', 'missing') or print "$!\n";
remove_tree('a');
opendir(my $dir, '.');
print join(' ', sort grep { !/^\./ } readdir($dir)), "\n";
exit 2;
