# alignd: `make help` lists the targets. One non-recursive Makefile; what a
# folder of tests needs besides stands in its own tests/*/*.mk.
#
# VARIANT picks compiler, flags and build folder: rel (default), asan, tsan, clang,
# fuzz (what tests/fuzz is built from).

VARIANT ?= rel
B := build/$(VARIANT)
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
# Real recordings of the vendors' APIs, where a checkout of them is present.
SHARED ?= ../shared
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-7s %s\n')

PACKAGES := libuv libcurl jansson sqlite3 libfyaml libmicrohttpd libsystemd libcrypto libdeflate libutf8proc
# Only the goals that compile need the libraries; `make help` and the goals that
# install them work on a bare machine.
ifneq ($(shell command -v pkg-config 2>/dev/null),)
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
endif

WARN_COMMON := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
  -Wcast-align -Wpointer-arith -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
  -Wold-style-definition -Wredundant-decls -Wundef -Wvla -Walloca -Wformat=2 -Wswitch-enum \
  -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough -Wno-missing-field-initializers
WARN_GCC := -Wformat-signedness -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
  -Wjump-misses-init -Wrestrict
WARN_CLANG := -Wmissing-variable-declarations -Wcomma -Wunreachable-code-aggressive \
  -Wassign-enum -Wconditional-uninitialized
HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE \
  -fno-common -fno-strict-overflow -fno-delete-null-pointer-checks
ifeq ($(shell uname -m),x86_64)
HARDEN += -fcf-protection
endif
LINK_HARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed

# WERROR= for a release build with an unknown compiler.
WERROR ?= -Werror
BASE_CFLAGS := -std=c11 -D_GNU_SOURCE -g $(WARN_COMMON) $(WERROR) -Idaemon -I. \
  -DALIGND_VERSION='"$(VERSION)"' $(PKG_CFLAGS)

# Two hundred tests are linked, and for each sanitizer again: lld takes a third of the time
# for one. What is installed is linked as everywhere.
FAST_LINK := $(if $(shell command -v ld.lld),-fuse-ld=lld)

ifeq ($(VARIANT),rel)
CC := gcc
VCFLAGS := -O2 $(WARN_GCC) $(HARDEN) -ftrivial-auto-var-init=zero
VLDFLAGS := $(LINK_HARDEN)
else ifeq ($(VARIANT),asan)
CC := clang
VCFLAGS := -O1 -fno-omit-frame-pointer $(WARN_CLANG) -fsanitize=address,undefined -fno-sanitize-recover=all
VLDFLAGS := -fsanitize=address,undefined $(FAST_LINK)
else ifeq ($(VARIANT),tsan)
CC := gcc
VCFLAGS := -O1 -fno-omit-frame-pointer $(WARN_GCC) -Wno-null-dereference -fsanitize=thread
VLDFLAGS := -fsanitize=thread $(FAST_LINK)
else ifeq ($(VARIANT),clang)
CC := clang
VCFLAGS := -O2 $(WARN_CLANG) $(HARDEN)
VLDFLAGS := $(LINK_HARDEN)
else ifeq ($(VARIANT),fuzz)
CC := clang
VCFLAGS := -O1 -fno-omit-frame-pointer $(WARN_CLANG) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
VLDFLAGS := -fsanitize=address,undefined
else
$(error VARIANT is rel, asan, tsan, clang or fuzz)
endif
CFLAGS_ALL := $(BASE_CFLAGS) $(VCFLAGS) $(CFLAGS)
LDFLAGS_ALL := $(VLDFLAGS) $(LDFLAGS)

# ---- modules: one archive each; a folder's files are found, not listed ----
SRC_base := $(wildcard daemon/base/*.c)
SRC_core := $(wildcard daemon/core/*.c daemon/core/rules/*.c)
SRC_io := $(wildcard daemon/io/*.c)
SRC_store := $(wildcard daemon/store/*.c)
SRC_status := $(wildcard daemon/status/*.c)
SRC_app := $(wildcard daemon/app/*.c)
SRC_ctl := $(filter-out daemon/ctl/main.c,$(wildcard daemon/ctl/*.c))
SRC_config := $(wildcard config/*.c)
SRC_connectors := $(wildcard connectors/*.c connectors/wire/*.c connectors/trackers/*/*.c connectors/chat/*.c connectors/values/*.c)
MODULES := base core config connectors io store status app ctl

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
lib = $(B)/lib/$(1).a
LIBS_ALL := $(foreach m,$(MODULES),$(call lib,$(m)))
LINK_LIBS = -Wl,--start-group $(1) -Wl,--end-group $(PKG_LIBS) -lpthread -lm

.PHONY: all help check check-long demo run bench install uninstall clean deps
all: $(B)/alignd $(B)/alignctl

define module_rule
$(call lib,$(1)): $(call obj,$(SRC_$(1))) $(if $(filter store,$(1)),$(if $(wildcard daemon/store/schema/*.sql),$(B)/gen/schema.o))
	$$(SAY) AR $$@
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call module_rule,$(m))))

$(B)/obj/%.o: %.c Makefile
	$(SAY) CC $<
	$(Q)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

# Migrations are compiled in: one string for each daemon/store/schema/NNN.sql.
SCHEMA := $(sort $(wildcard daemon/store/schema/*.sql))
$(B)/gen/schema.c: $(SCHEMA) Makefile
	$(SAY) GEN $@
	$(Q)mkdir -p $(@D) && { printf '#include "store/schema.h"\nconst char *const schema_sql[] = {\n'; \
	  for f in $(SCHEMA); do sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $$f; echo ','; done; \
	  printf '};\nconst unsigned schema_count = sizeof schema_sql / sizeof schema_sql[0];\n'; } > $@.tmp && mv $@.tmp $@
$(B)/gen/schema.o: $(B)/gen/schema.c
	$(SAY) CC $<
	$(Q)$(CC) $(CFLAGS_ALL) -Wno-overlength-strings -c $< -o $@

$(B)/alignd: $(call obj,daemon/main.c) $(LIBS_ALL)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(LIBS_ALL))
CTL_LIBS := $(foreach m,base core config connectors io ctl,$(call lib,$(m)))
$(B)/alignctl: $(call obj,daemon/ctl/main.c) $(CTL_LIBS)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(CTL_LIBS))

# ---- unit tests: tests/unit/test_NAME.c is one cmocka binary ----
# What they test is compiled as ever; they themselves are two hundred files that run for
# a moment, and cost a third of the time where the compiler takes less trouble.
$(B)/obj/tests/unit/%.o: CFLAGS_ALL += $(if $(filter rel,$(VARIANT)),-Og,$(if $(filter asan tsan,$(VARIANT)),-O0))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
SRC_support := $(wildcard tests/support/*.c tests/company/*.c)
SUPPORT_LIB := $(B)/lib/support.a
$(SUPPORT_LIB): $(call obj,$(SRC_support))
	$(SAY) AR $@
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
$(B)/tests/%: LDFLAGS_ALL += $(FAST_LINK)
$(B)/tests/%: $(B)/obj/tests/unit/%.o $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB)) -lcmocka
unit-build: $(UNIT)
# ONE=test_buf runs one program.
unit: $(if $(ONE),$(B)/tests/$(ONE),$(UNIT))
	$(Q)for t in $^; do $$t || exit 1; done
.PHONY: unit unit-build
.SECONDARY:

# ---- install ----
BINDIR := $(PREFIX)/bin
MANDIR := $(PREFIX)/share/man
DOCDIR := $(PREFIX)/share/doc/alignd
DATADIR := $(PREFIX)/share/alignd
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
LIBEXECDIR := $(PREFIX)/libexec/alignd
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
	  $(DESTDIR)$(DOCDIR) $(DESTDIR)$(DATADIR) $(DESTDIR)$(MANDIR)/man1 \
	  $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8
	install -m 755 $(B)/alignd $(B)/alignctl $(DESTDIR)$(BINDIR)/
	sed 's|@BINDIR@|$(BINDIR)|' systemd/alignd.service.in > $(DESTDIR)$(UNITDIR)/alignd.service
	chmod 644 $(DESTDIR)$(UNITDIR)/alignd.service
	install -m 644 systemd/alignd.socket systemd/alignd-strategy.timer $(DESTDIR)$(UNITDIR)/
	sed 's|@LIBEXECDIR@|$(LIBEXECDIR)|' systemd/alignd-strategy.service.in > $(DESTDIR)$(UNITDIR)/alignd-strategy.service
	chmod 644 $(DESTDIR)$(UNITDIR)/alignd-strategy.service
	install -d $(DESTDIR)$(LIBEXECDIR)
	sed 's|@BINDIR@|$(BINDIR)|' systemd/alignd-strategy.sh.in > $(DESTDIR)$(LIBEXECDIR)/alignd-strategy
	chmod 755 $(DESTDIR)$(LIBEXECDIR)/alignd-strategy
	install -m 644 systemd/alignd.sysusers $(DESTDIR)$(SYSUSERSDIR)/alignd.conf
	install -m 644 README.md $(wildcard config/*.sample.yaml) $(DESTDIR)$(DOCDIR)/
	ln -sf strategy.sample.yaml $(DESTDIR)$(DOCDIR)/strategy.yaml
	install -m 644 $(wildcard config/*.json) $(DESTDIR)$(DATADIR)/
	install -D -m 644 config/completion/alignctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/alignctl
	install -D -m 644 config/completion/_alignctl $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_alignctl
	install -D -m 644 config/completion/alignctl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/alignctl.fish
	for s in 1 5 8; do for f in daemon/man/*.$$s; do install -m 644 $$f $(DESTDIR)$(MANDIR)/man$$s/; done; done
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/alignd $(DESTDIR)$(BINDIR)/alignctl \
	  $(DESTDIR)$(UNITDIR)/alignd.service $(DESTDIR)$(UNITDIR)/alignd.socket \
	  $(DESTDIR)$(UNITDIR)/alignd-strategy.service $(DESTDIR)$(UNITDIR)/alignd-strategy.timer \
	  $(DESTDIR)$(SYSUSERSDIR)/alignd.conf \
	  $(foreach f,$(notdir $(wildcard daemon/man/*.1)),$(DESTDIR)$(MANDIR)/man1/$(f)) \
	  $(foreach f,$(notdir $(wildcard daemon/man/*.5)),$(DESTDIR)$(MANDIR)/man5/$(f)) \
	  $(foreach f,$(notdir $(wildcard daemon/man/*.8)),$(DESTDIR)$(MANDIR)/man8/$(f))
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/alignctl \
	  $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_alignctl \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/alignctl.fish
	rm -rf $(DESTDIR)$(DOCDIR) $(DESTDIR)$(DATADIR) $(DESTDIR)$(LIBEXECDIR)

-include $(wildcard tests/*/*.mk)
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

clean:
	rm -rf build

help:
	@echo 'make            build alignd and alignctl into build/rel'
	@echo 'make demo       install what is missing, build, run the main job on the example company'
	@echo 'make check      install what is missing, build, run every test'
	@echo 'make check-long the longer suites'
	@echo 'make check-api  against mock servers of the official API descriptions (needs node and npm)'
	@echo 'make run REPO=owner/name [URL=http://127.0.0.1:PORT]  follow a repository, alerts in the terminal'
	@echo 'make bench      measure'
	@echo 'make install    DESTDIR= PREFIX=$(PREFIX)'
	@echo 'make simulate   the daemon in simulated time, by seeds: SEED=7 SEEDS=50 DAYS=30 VERBOSE=1'
	@echo 'make unit       unit tests of this VARIANT (rel asan tsan clang); ONE=test_buf runs one'
	@echo 'make clean'
