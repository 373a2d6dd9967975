# `make check`: install what is missing, run every suite, let the gate judge.
# A suite is one command here and one line in suites.def; those that wait more than they
# work run beside another. What such a pair has in common is built before it: two makes
# that write one object at once leave either of them half a file to link.

SUITE := tests/gate/suite.sh
export SHARED

# The unit tests would wait for the disk a quarter of their time: where the machine has a
# file system in memory with thirty times the room they need at once, they and the
# sanitizers' runs use it. The released programs are killed, and run, on the disk.
RAM_TMP := $(or $(TMPDIR),$(shell [ -w /dev/shm ] && \
  df --output=avail -k /dev/shm | awk 'NR == 2 { exit $$1 < 1000000 }' && echo /dev/shm),/tmp)
IN_RAM := TMPDIR='$(RAM_TMP)' $(SUITE)

check:
	$(Q)tests/support/deps.sh check
	$(Q)rm -rf build/results
	$(Q)$(MAKE) --no-print-directory check-suites

.PHONY: check-suites
check-suites:
	$(Q)$(MAKE) --no-print-directory -j2 all unit-build $(B)/gate $(IT_PROGRAMS) $(B)/it/kill
	$(Q)$(SUITE) lint $(MAKE) --no-print-directory lint
	$(Q)$(IN_RAM) unit $(MAKE) --no-print-directory unit-all
	$(Q)$(SUITE) compile $(MAKE) --no-print-directory -j2 VARIANT=asan all long-objects
	$(Q)$(IN_RAM) unit-asan $(MAKE) --no-print-directory -j2 VARIANT=asan unit-all
	$(Q)$(IN_RAM) unit-tsan $(MAKE) --no-print-directory -j2 VARIANT=tsan unit-all
	$(Q)$(SUITE) kill $(MAKE) --no-print-directory kill & \
	  $(SUITE) integration $(MAKE) --no-print-directory -j2 integration; wait
	$(Q)$(SUITE) systemd $(MAKE) --no-print-directory check-systemd & \
	  $(IN_RAM) integration-asan $(MAKE) --no-print-directory -j2 VARIANT=asan integration; wait
	$(Q)$(SUITE) demo $(MAKE) --no-print-directory check-demo & \
	  $(IN_RAM) integration-tsan $(MAKE) --no-print-directory -j2 VARIANT=tsan integration; wait
	$(Q)$(SUITE) simulate $(MAKE) --no-print-directory -j2 simulate SEEDS=200
	$(Q)$(SUITE) simulate-asan $(MAKE) --no-print-directory -j2 VARIANT=asan simulate SEEDS=4
	$(Q)$(B)/gate

$(B)/gate: $(B)/obj/tests/gate/gate.o
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< -lcmocka

# What only check-long runs compiles all the same.
.PHONY: long-objects
long-objects: $(call obj,$(wildcard tests/fuzz/*.c tests/bench/*.c tests/api/*.c))

# ThreadSanitizer of gcc 12 does not know the address space of newer kernels.
RUN_TEST = $(if $(filter tsan,$(VARIANT)),setarch -R)

# ThreadSanitizer runs what starts threads, or has libcurl start some; the others have
# one each, and the daemon as a whole is integration-tsan's.
THREADED := test_ctl test_ctl_fail test_ctl_wait test_ctl_roll test_http% test_log \
  test_server test_server_clients test_server_life test_store test_strategy
# Under AddressSanitizer `make check` plays the company once, in test_company_drift, and
# leaves the rest of its plays, the longest recordings and the vendors' descriptions to
# check-long.
REPLAYED := test_replay_github test_replay_jira test_vendors_openapi test_company \
  $(addprefix test_company_,mail krs again late ideas replay effort answers)
UNIT_RUN := $(if $(filter tsan,$(VARIANT)),$(filter $(addprefix $(B)/tests/,$(THREADED)),$(UNIT)),\
  $(if $(filter asan,$(VARIANT)),$(filter-out $(addprefix $(B)/tests/,$(REPLAYED)),$(UNIT)),$(UNIT)))

# Every program runs, two at a time, also after a failure; the last line says which
# failed. Those that judge time have bounds for a busy machine. What takes longest goes
# first, or it would run alone at the end.
LONGEST := $(filter %/test_conform_trackers %/test_store_fault %/test_store_nomem %/test_tz,$(UNIT_RUN))
.PHONY: unit-all
unit-all: $(UNIT_RUN)
	$(Q)rm -f $(B)/failed; printf '%s\n' $(LONGEST) $(filter-out $(LONGEST),$(UNIT_RUN)) | \
	  RUN_TEST='$(RUN_TEST)' xargs -P2 -n1 tests/gate/one.sh $(B)/failed; r=$$?; \
	  [ ! -s $(B)/failed ] || { echo failed: $$(cat $(B)/failed); exit 1; }; exit $$r

# What takes too long for every commit; run before an issue is resolved.
check-long:
	$(Q)tests/support/deps.sh check
	$(Q)$(MAKE) --no-print-directory -j2 all $(B)/vendors
	$(Q)$(MAKE) --no-print-directory -j2 VARIANT=clang all
	$(Q)$(MAKE) --no-print-directory kill KILLS=200 SEED=$$(date +%s)
	$(Q)$(MAKE) --no-print-directory -j2 VARIANT=asan kill KILLS=40 SEED=$$(date +%s)
	$(Q)$(MAKE) --no-print-directory -j2 VARIANT=asan unit-all \
	  UNIT_RUN='$(addprefix build/asan/tests/,$(REPLAYED))'
	$(Q)COMPANY_SEEDS=10 $(MAKE) --no-print-directory unit ONE=test_company_drift
	$(Q)MAIL_SEEDS='6 7 8 9 10' $(MAKE) --no-print-directory unit ONE=test_company_mail
	$(Q)$(MAKE) --no-print-directory simulate SEEDS=1500 SEED=$$(date +%s)
	$(Q)$(MAKE) --no-print-directory simulate SEEDS=200 DAYS=30 SEED=$$(date +%s)
	$(Q)$(MAKE) --no-print-directory -j2 VARIANT=asan simulate SEEDS=80 SEED=$$(date +%s)
	$(Q)$(MAKE) --no-print-directory fuzz
	$(Q)$(MAKE) --no-print-directory VARIANT=asan check-api API_SEED=$$(date +%s) API_ROUNDS=3
	$(Q)$(MAKE) --no-print-directory bench
