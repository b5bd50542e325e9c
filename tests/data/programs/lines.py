# What runs, and with what arguments, for scripts whose first line is long, cut, padded or odd.
import os

# The kernel looks at 256 bytes, of which the last is always taken for the end of the line.
lines = ["#!/bin/echo " + "a" * n + end for n in range(240, 247) for end in ("", "\n", " \n", "  ", " b\n", "bb b\n")]
lines += ["#!/bin/echo", "#!/bin/echo\n", "#!/bin/echo ", "#!/bin/echo a ", "#!/bin/echo a b \t\n", "#! \t/bin/echo\ta\n"]
lines += ["#!", "#!\n", "#! \n", "#!  ", "#!/bin/echo\0a\n", "#!/bin/echo a\0b\n", "#!\0\n", "#!/" + "b" * 251, "#!/" + "b" * 254]
lines += ["#!" + " " * 242 + "/bin/echo" + end for end in ("", " ", "\n", "a", " a", "  a\n")] + ["#!" + " " * 300 + "/bin/echo"]
lines += ["#!./script\n", "", "#", "echo"]

for line in lines:
    with open("script", "w") as file:
        file.write(line)
    os.chmod("script", 0o755)
    child = os.fork()
    if child == 0:
        try:
            os.execv("./script", ["script", "last"])
        except OSError as error:
            print(error, flush=True)
            os._exit(9)
    print(repr(line), os.waitpid(child, 0)[1], flush=True)
