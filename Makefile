# SPDX-License-Identifier: MIT
#
# agentos: one program (build/agentos) and two preload libraries (build/libagentos.so, and
# build/libagentos-taps.so where a rule is about content).
#
# Read from top to bottom: directories, flags, libraries, sources, rules, tests, lint, install.
# `make help` lists the targets. V=1 shows the commands, WERROR=1 makes warnings errors,
# SAN=address,undefined builds with sanitizers into a folder of its own.

# ---- directories -------------------------------------------------------------------------------

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
datarootdir ?= $(prefix)/share
mandir ?= $(datarootdir)/man
docdir ?= $(datarootdir)/doc/agentos
DESTDIR ?=

SAN ?=
BUILD ?= $(if $(SAN),build-san,build)

# ---- flags -------------------------------------------------------------------------------------

CC ?= cc
AR ?= ar
PKG_CONFIG ?= pkg-config
INSTALL ?= install
CFLAGS ?= -O2 -g
LDFLAGS ?=
WERROR ?=
V ?=

Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-8s%s\n' $(1) $(2))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef $(if $(WERROR),-Werror)
OURS := -std=c11 -D_GNU_SOURCE -I. -MMD -MP $(WARNINGS)

# The sanitizers do not go together with fortified functions.
HARDEN := -fstack-protector-strong -fPIE \
	$(if $(SAN),,$(if $(findstring -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
PROGRAM_CFLAGS := $(OURS) $(HARDEN) $(SANITIZE) -pthread -DAGENTOS_LIBDIR='"$(libdir)/agentos"'
PROGRAM_LDFLAGS := -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE)

# The shim runs inside programs that are not ours: libc only, nothing exported but the hooks, and
# never sanitized (the runtime of a sanitizer would have to come first in every agent).
SHIM_CFLAGS := $(OURS) -fPIC -O2 -fvisibility=hidden -ffunction-sections -fdata-sections
SHIM_LDFLAGS := -shared -Wl,--gc-sections,-z,now,-z,relro,-z,defs

# ---- libraries ---------------------------------------------------------------------------------

PACKAGES := libseccomp yaml-0.1 libpcre2-8 sqlite3 libsodium jansson libnghttp2
# Loaded by `agentos audit export` when it needs them: their headers alone.
LOADED_CFLAGS := $(shell $(PKG_CONFIG) --cflags libpq libcurl 2>/dev/null)
LIB_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null) $(LOADED_CFLAGS)
# libpg_query comes without a file for pkg-config.
LIBS := $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -lpg_query -ldl
CMOCKA_LIBS := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null)

# ---- sources -----------------------------------------------------------------------------------

MODULES := common protocols rules audit launcher cli
POLICIES := $(sort $(wildcard rules/policies/*.yaml))
BLOB := $(BUILD)/gen/builtin_blob.c
PAGE := $(BUILD)/gen/report_page.c

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard $(1)/*.c)))
MAIN := $(BUILD)/obj/cli/main.o
common_OBJECTS := $(call objects,common)
rules_OBJECTS := $(call objects,rules) $(BUILD)/obj/gen/builtin_blob.o
protocols_OBJECTS := $(call objects,protocols)
audit_OBJECTS := $(call objects,audit) $(BUILD)/obj/gen/report_page.o
launcher_OBJECTS := $(call objects,launcher)
cli_OBJECTS := $(filter-out $(MAIN),$(call objects,cli))
SHIM_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard shim/*.c)))
TAPS_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard taps/*.c))) $(BUILD)/obj/shim/next.o

# Each module is an archive, in the order in which they need each other.
archive = $(BUILD)/lib$(1).a
CORE := $(foreach module,rules audit protocols common,$(call archive,$(module)))
ALL_ARCHIVES := $(foreach module,cli launcher rules audit protocols common,$(call archive,$(module)))

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*_test.c)))
TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/support/*.c \
	tests/adversarial/*.c tests/compat/*.c) $(filter-out %/preload_faults.c %/preload_kernel.c,\
	$(wildcard tests/faults/*.c))))
# Loaded late by a program that is not linked with them.
PACKAGES_LOADED := $(patsubst %.c,$(BUILD)/%.so,$(filter-out %_host.c,\
	$(sort $(wildcard tests/support/package_*.c))))
TEST_PROGRAMS := $(filter-out $(PACKAGES_LOADED:.so=),$(TEST_PROGRAMS)) $(PACKAGES_LOADED)
# Preloaded by tests into agentos-run, and never linked into anything.
PRELOADS := $(patsubst %.c,$(BUILD)/%.so,$(sort $(wildcard tests/faults/preload_*.c)))
BENCHES := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*.c)))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# A test that includes a header of launcher or cli is linked with all modules, the others without.
BIG := $(patsubst %.c,$(BUILD)/%,$(shell grep -lE '"(launcher|cli)/' tests/*/*.c 2>/dev/null))

SOURCES := $(sort $(wildcard $(addsuffix /*.c,$(MODULES) shim taps tests/unit tests/support \
	tests/adversarial tests/compat tests/faults tests/bench tests/fuzz)))
HEADERS := $(sort $(wildcard $(addsuffix /*.h,$(MODULES) shim taps tests/support)))

# ---- build -------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

.PHONY: all
all: $(BUILD)/agentos $(BUILD)/agentos-run $(BUILD)/agent-os $(BUILD)/libagentos.so \
	$(BUILD)/libagentos-taps.so ## build program and shim

$(BUILD)/agentos: $(MAIN) $(ALL_ARCHIVES)
	$(call say,LINK,$@)
	$(Q)$(CC) $(PROGRAM_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/agentos-run $(BUILD)/agent-os: $(BUILD)/agentos
	$(Q)ln -sf agentos $@

$(BUILD)/libagentos.so: $(SHIM_OBJECTS) shim/exports.map
$(BUILD)/libagentos-taps.so: $(TAPS_OBJECTS) taps/exports.map
$(BUILD)/libagentos.so $(BUILD)/libagentos-taps.so:
	$(call say,LINK,$@)
	$(Q)$(CC) $(SHIM_LDFLAGS) -Wl,--version-script=$(filter %.map,$^) -o $@ $(filter %.o,$^)

define archive_rule
$(call archive,$(1)): $$($(1)_OBJECTS)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $(AR) rcD $$@ $$^
endef
$(foreach module,$(MODULES),$(eval $(call archive_rule,$(module))))

$(sort $(SHIM_OBJECTS) $(TAPS_OBJECTS)): $(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHIM_CFLAGS) -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROGRAM_CFLAGS) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# The built-in policies, as bytes.
$(BLOB): $(POLICIES) rules/embed.sh
	$(call say,EMBED,$@)
	@mkdir -p $(@D)
	$(Q)sh rules/embed.sh $@ $(POLICIES)

# The page of reports, as texts.
$(PAGE): $(wildcard audit/report/page.*) audit/embed.sh
	$(call say,EMBED,$@)
	@mkdir -p $(@D)
	$(Q)sh audit/embed.sh $@ $(filter audit/report/%,$^)

# ---- tests -------------------------------------------------------------------------------------

# A test may ask for more of the linker in a line of its own: /* link: -Wl,--wrap=malloc */
test_flags = $(shell sed -n 's,^/\* link: \(.*\) \*/$$,\1,p' $<)
test_archives = $(if $(filter $@,$(BIG)),$(ALL_ARCHIVES),$(CORE))
compile_test = $(CC) $(PROGRAM_CFLAGS) $(LIB_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MF $@.d -MT $@ \
	$(PROGRAM_LDFLAGS) $(LDFLAGS) -o $@ $< $(test_flags) $(test_archives) $(LIBS)

$(filter $(BIG),$(UNIT_TESTS) $(TEST_PROGRAMS) $(BENCHES)): $(ALL_ARCHIVES)

$(UNIT_TESTS): $(BUILD)/%: %.c $(CORE)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(compile_test) $(CMOCKA_LIBS)

$(BUILD)/tests/unit/decide_random_test: tests/unit/decide_again.c tests/support/decide_again.h
$(BUILD)/tests/unit/streams_corpus_test: tests/fuzz/fuzz_streams.c tests/support/fuzz_streams.h

$(filter-out %.so,$(TEST_PROGRAMS)) $(BENCHES): $(BUILD)/%: %.c $(CORE)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(compile_test)

$(PRELOADS): $(BUILD)/%.so: %.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHIM_CFLAGS) -fvisibility=default $(CPPFLAGS) -MF $@.d -MT $@ -shared -o $@ $<

$(PACKAGES_LOADED): $(BUILD)/%.so: %.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHIM_CFLAGS) $(CPPFLAGS) -MF $@.d -MT $@ -shared -o $@ $< $(test_flags)

# libFuzzer needs clang; the modules are compiled again with it, once for all fuzzers.
FUZZ_CFLAGS := $(OURS) -O1 -g -fno-sanitize-recover=undefined
FUZZ_OBJECTS := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(sort $(wildcard common/*.c protocols/*.c rules/*.c \
	audit/*.c))) $(BUILD)/fuzz/obj/gen/builtin_blob.o $(BUILD)/fuzz/obj/gen/report_page.o
$(BUILD)/fuzz/obj/%.o: %.c
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined $(LIB_CFLAGS) -c -o $@ $<

$(BUILD)/fuzz/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

$(FUZZERS): $(BUILD)/%: %.c $(FUZZ_OBJECTS)
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_CFLAGS) -fsanitize=fuzzer,address,undefined $(LIB_CFLAGS) -o $@ $< \
		$(FUZZ_OBJECTS) $(LIBS) -pthread

.PHONY: fuzzers
fuzzers: $(FUZZERS)

.PHONY: programs
programs: $(UNIT_TESTS) $(TEST_PROGRAMS) $(PRELOADS)

.PHONY: unit integration adversarial attacks race faults check fuzz bench bench-record bench-rules bench-taps valgrind
unit: $(UNIT_TESTS) ## unit tests (SAN=address,undefined: with sanitizers)
	$(Q)BUILD=$(BUILD) tests/run.sh unit $(UNIT_TESTS)

integration: all $(TEST_PROGRAMS) ## integration tests, as the caller
	$(Q)BUILD=$(BUILD) tests/run.sh integration $(sort $(filter-out %/lib.sh,\
		$(wildcard tests/integration/*.sh)))

# The races take two seconds for each call.
ATTACK_LIMIT := 900
adversarial: all $(TEST_PROGRAMS) ## attacks on the sandbox, each with its control
	$(Q)BUILD=$(BUILD) TEST_LIMIT=$(ATTACK_LIMIT) tests/run.sh adversarial \
		$(sort $(wildcard tests/adversarial/*.sh))

attacks: all $(TEST_PROGRAMS) ## the same, and what was tried, by category
	$(Q)BUILD=$(BUILD) TEST_LIMIT=$(ATTACK_LIMIT) tests/run.sh adversarial \
		$(sort $(wildcard tests/adversarial/*.sh)); \
		status=$$?; tests/attacks.sh $(BUILD)/logs/adversarial/*.tap && exit $$status

# Each beside what its controls take; once more half of it for those that need longer.
RACE_SECONDS ?= 30
RACE_PROGRAMS := $(BUILD)/tests/adversarial/racing $(BUILD)/tests/adversarial/racing_names
race: all $(TEST_PROGRAMS) ## each race for RACE_SECONDS
	$(Q)races=$$(for program in $(RACE_PROGRAMS); do $$program; done | wc -l); \
		BUILD=$(BUILD) RACE_SECONDS=$(RACE_SECONDS) \
		TEST_LIMIT=$$((races * ($(RACE_SECONDS) * 3 / 2 + 10))) \
		tests/run.sh race tests/adversarial/races.sh

# All of it takes a quarter of an hour; `make test` has a short form of the first.
faults: all $(TEST_PROGRAMS) $(PRELOADS) ## each call of libc fails once; kernels that lack something
	$(Q)BUILD=$(BUILD) FAULT_CALLS=$${FAULT_CALLS-0} TEST_LIMIT=3600 tests/run.sh faults \
		$(sort $(filter-out %/lib.sh,$(wildcard tests/faults/*.sh)))

check: unit integration adversarial ## all tests, quickly: no installing, no lint, one user

FUZZ_SECONDS ?= 10
fuzz: $(FUZZERS) ## each fuzzer for FUZZ_SECONDS (needs clang)
	$(Q)BUILD=$(BUILD) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz.sh $(FUZZERS)

bench: all $(BENCHES) ## what governing costs, beside bare and installed peers
	$(Q)BUILD=$(BUILD) tests/bench.sh

bench-rules: $(BUILD)/tests/bench/rules ## what a decision costs under up to 10,000 rules
	$(Q)BUILD=$(BUILD) tests/bench_rules.sh

bench-record: $(BUILD)/tests/bench/record ## what recording costs, and reading the record
	$(Q)BUILD=$(BUILD) tests/bench_record.sh

bench-taps: all $(BUILD)/tests/bench/taps ## what the taps cost where a rule is about content
	$(Q)BUILD=$(BUILD) tests/bench_taps.sh

# Not the filter's: it asks the kernel what seccomp(2) can do, and valgrind knows no such call.
valgrind: $(UNIT_TESTS) ## unit tests under valgrind
	$(Q)BUILD=$(BUILD) DECIDE_EVENTS=2000 UNDER="valgrind -q --error-exitcode=99 --leak-check=full \
		--show-leak-kinds=definite" tests/run.sh valgrind $(filter-out %/filter_test,$(UNIT_TESTS))

.PHONY: deps test compat demo
deps: ## install what is missing with the distribution's package manager
	$(Q)tests/support/deps.sh

test: deps ## everything: what continuous integration runs
	$(Q)WERROR=1 tests/all.sh

# Not part of `make test`: it installs servers, a browser and compilers, and takes minutes.
compat: ## real programs, bare and governed; installs them
	$(Q)tests/support/deps.sh compat
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD=$(BUILD) TEST_LIMIT=3600 tests/run.sh compat $(sort $(wildcard tests/compat/*.sh))

demo: deps ## a prompt-injected agent, bare and governed
	$(Q)$(MAKE) --no-print-directory all
	$(Q)BUILD=$(BUILD) examples/quickstart/demo.sh

# ---- lint --------------------------------------------------------------------------------------

.PHONY: lint format tidy cppcheck docs
lint: ## the gates of the house style
	$(Q)BUILD=$(BUILD) tests/run.sh lint $(sort $(wildcard tests/lint/*.sh))

format: ## lay out all sources with clang-format
	$(Q)clang-format -i $(SOURCES) $(HEADERS)

tidy: $(BLOB) $(PAGE) ## clang-tidy over all sources
	$(Q)clang-tidy --quiet $(filter-out tests/%,$(SOURCES)) -- \
		$(filter-out -MMD -MP,$(OURS)) $(LIB_CFLAGS) -DAGENTOS_LIBDIR='""'

cppcheck: ## cppcheck over all sources
	$(Q)cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr \
		--suppressions-list=tests/lint/cppcheck.txt --error-exitcode=1 -D_GNU_SOURCE \
		-I. $(filter-out tests/%,$(SOURCES))

docs: all ## write the generated documents
	$(Q)$(BUILD)/agentos calls --markdown >docs/CALLS.md

# ---- install -----------------------------------------------------------------------------------

.PHONY: install uninstall clean help
install: all ## install into prefix (/usr/local), under DESTDIR
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/agentos $(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(docdir)
	$(INSTALL) -m 755 $(BUILD)/agentos $(DESTDIR)$(bindir)/agentos
	ln -sf agentos $(DESTDIR)$(bindir)/agentos-run
	ln -sf agentos $(DESTDIR)$(bindir)/agent-os
	$(INSTALL) -m 755 $(BUILD)/libagentos.so $(BUILD)/libagentos-taps.so $(DESTDIR)$(libdir)/agentos
	$(INSTALL) -m 644 $(wildcard docs/man/*.1) $(DESTDIR)$(mandir)/man1
	$(INSTALL) -m 644 $(wildcard README.md NEWS.md LICENSE docs/*.md) $(DESTDIR)$(docdir)

uninstall: ## remove what `make install` put there
	rm -f $(addprefix $(DESTDIR)$(bindir)/,agentos agentos-run agent-os)
	rm -rf $(DESTDIR)$(libdir)/agentos $(DESTDIR)$(docdir)
	rm -f $(addprefix $(DESTDIR)$(mandir)/man1/,$(notdir $(wildcard docs/man/*.1)))

clean: ## remove everything built
	rm -rf build build-san

help: ## this list
	@sed -n 's/^\([a-z][a-z_-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
