# `make bench`: ISSUES=100000 RATE=1000 ROUNDS=5 ITEMS=1000000.

IT_RIG ?= $(call obj,tests/integration/rig.c)
BENCH_OBJS := $(call obj,tests/bench/bench.c tests/bench/compare.c tests/bench/measure.c)
$(B)/it/bench: $(BENCH_OBJS) $(IT_RIG) $(call lib,base) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(BENCH_OBJS) $(IT_RIG) $(SUPPORT_LIB) $(call lib,base) $(PKG_LIBS) -lcmocka -lpthread -lm
$(B)/floor: $(call obj,tests/bench/floor.c) $(LIBS_ALL)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(LIBS_ALL))
$(B)/it/scale: $(call obj,tests/bench/scale.c) $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB)) -lcmocka

bench:
	$(Q)tests/support/deps.sh check
	$(Q)$(MAKE) --no-print-directory -j2 all $(B)/vendors $(B)/floor $(B)/it/bench $(B)/it/scale
	$(Q)ISSUES='$(ISSUES)' RATE='$(RATE)' ROUNDS='$(ROUNDS)' $(B)/it/bench; a=$$?; \
	  ITEMS='$(ITEMS)' $(B)/it/scale && [ $$a = 0 ]
