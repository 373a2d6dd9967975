# `make bench`: ISSUES=100000 RATE=1000.

IT_RIG ?= $(call obj,tests/integration/rig.c)
$(B)/it/bench: $(B)/obj/tests/bench/bench.o $(IT_RIG) $(call lib,base) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(IT_RIG) $(SUPPORT_LIB) $(call lib,base) $(PKG_LIBS) -lcmocka -lpthread -lm

bench:
	$(Q)tests/support/deps.sh check
	$(Q)$(MAKE) --no-print-directory -j2 all $(B)/vendors $(B)/it/bench
	$(Q)ISSUES='$(ISSUES)' RATE='$(RATE)' $(B)/it/bench
