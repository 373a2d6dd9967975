# `make fuzz`: every fuzz target for FUZZ_SECONDS (60); ONE=github runs one.
# `make fuzz-smoke`: a fixed number of runs over the corpora, the same each time.
# Targets are fuzz_NAME.c, their small inputs corpus/NAME/, words NAME.dict; found
# inputs stay below build/fuzz/fuzz/, recordings are read from $(SHARED)/data.

FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60

$(B)/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $< $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB)) -lcmocka -lz
$(B)/fuzz/seeds: $(B)/obj/tests/fuzz/seeds.o $(call lib,base)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(call lib,base))

.PHONY: fuzz fuzz-smoke fuzz-build fuzz-run
fuzz:
	$(Q)tests/support/deps.sh check
	$(Q)$(MAKE) --no-print-directory -j2 VARIANT=fuzz fuzz-build
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz fuzz-run FUZZ_MODE=$(FUZZ_SECONDS)
fuzz-smoke:
	$(Q)$(MAKE) --no-print-directory -j2 VARIANT=fuzz fuzz-build
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz fuzz-run FUZZ_MODE=smoke
fuzz-build: $(B)/fuzz/seeds $(patsubst %,$(B)/fuzz/%,$(if $(ONE),$(ONE),$(FUZZ)))
fuzz-run: fuzz-build
	$(Q)tests/fuzz/run.sh $(B)/fuzz $(FUZZ_MODE) $(if $(ONE),$(ONE),$(FUZZ))
