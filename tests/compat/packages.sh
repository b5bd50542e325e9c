#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Package managers and compilers: pip and npm install from their registries under a policy that
# grants those hosts, go and cargo build without any.
. "$(dirname "$0")/../integration/lib.sh"

LIMIT=180
# Where the certificates of the machine are, when the caller says it.
for name in PIP_CERT NODE_EXTRA_CA_CERTS SSL_CERT_FILE; do
	[ -z "${!name:-}" ] || ENVIRONMENT+=("$name=${!name}")
done
[ ! -x /usr/local/go/bin/go ] || PATH=$PATH:/usr/local/go/bin

# reaches HOST - whether this machine reaches a registry; skips what needs it otherwise.
reaches() {
	python3 - "$1" <<-'PYTHON' && return
		import socket, sys
		socket.create_connection((sys.argv[1], 443), 20).close()
	PYTHON
	skip "installing from $1" "not reached from here: $1"
	return 1
}

PIP='python3 -m venv v && v/bin/pip install -q --no-cache-dir --disable-pip-version-check idna==3.7'
NPM='npm install --silent --no-audit --no-fund --no-update-notifier ms@2.1.3'
RUN_OPTIONS=(--policy "$ROOT/tests/compat/registries.yaml")
if need python3 && reaches pypi.org; then
	same_as_bare "pip install" sh -c "$PIP"' && v/bin/python -c "import idna; print(idna.encode(\"k\u00f6nig.de\"))"
		v/bin/pip list --disable-pip-version-check | tail -n +3; v/bin/pip uninstall -q -y idna; v/bin/pip check'
fi
if need npm node && reaches registry.npmjs.org; then
	same_as_bare "npm install" sh -c 'npm init -y >/dev/null; '"$NPM"' && node -e "console.log(require(\"ms\")(\"2 days\"))"
		find node_modules | sort; npm pkg set scripts.test="echo \$npm_package_name tested" && npm test --silent; npm ls'
	RUN_OPTIONS=()
	refused "npm install without the policy" 'test -d node_modules/ms' sh -c "npm init -y >/dev/null; timeout 60 $NPM --fetch-retries=0"
fi

RUN_OPTIONS=()
if need go; then
	prepare() {
		mkdir cmd
		printf 'module example.com/hello\n\ngo 1.18\n' >go.mod
		cat >cmd/main.go <<-'GO'
			package main

			import (
				"fmt"
				"io"
				"net"
				"os"
				"os/exec"
				"sync"

				"example.com/hello/text"
			)

			func main() {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					panic(err)
				}
				go func() {
					for {
						peer, err := listener.Accept()
						if err != nil {
							return
						}
						go func() { io.Copy(peer, peer); peer.Close() }()
					}
				}()
				var all sync.WaitGroup
				for i := 0; i < 50; i++ {
					all.Add(1)
					go func(i int) {
						defer all.Done()
						name := fmt.Sprintf("file-%d", i)
						os.WriteFile(name, []byte(name), 0o644)
						peer, err := net.Dial("tcp", listener.Addr().String())
						if err != nil {
							panic(err)
						}
						fmt.Fprint(peer, name)
						peer.(*net.TCPConn).CloseWrite()
						back, _ := io.ReadAll(peer)
						if out, _ := exec.Command("cat", name).Output(); string(out) != string(back) {
							panic(name)
						}
						os.Remove(name)
					}(i)
				}
				all.Wait()
				fmt.Println(text.Hello())
			}
		GO
		mkdir text
		printf 'package text\n\n// Hello greets.\nfunc Hello() string { return "hello from go" }\n' >text/text.go
		printf 'package text\n\nimport "testing"\n\nfunc TestHello(t *testing.T) {\n\tif Hello() == "" {\n\t\tt.Fatal()\n\t}\n}\n' >text/text_test.go
	}
	same_as_bare -e "go build, vet, test and run" sh -c '
		export GOFLAGS=-buildvcs=false GOCACHE="$PWD/cache" GOPATH="$PWD/path" CGO_ENABLED=0
		go build -o hello ./cmd && ./hello && go vet ./... && go test ./text | cut -f 1-2; ls; gofmt -l .'
fi
if need cargo rustc; then
	prepare() { :; }
	same_as_bare "cargo new, build, test and run" sh -c '
		export CARGO_HOME="$PWD/cargo"
		cargo new --quiet --vcs none hello && cd hello &&
			printf "#[test]\nfn adds() { assert_eq!(2 + 2, 4); }\n" >>src/main.rs &&
			cargo build --quiet --offline && ./target/debug/hello && cargo run --quiet --offline --release &&
			cargo test --quiet --offline 2>/dev/null | grep -c "test result: ok"; touch src/main.rs
		cargo build --offline 2>&1 | sed "s/in [0-9.]*s//; s,(/.*),," ; ls target/debug'
fi
