# `make bench`: ISSUES=100000 RATE=1000 ROUNDS=5 ITEMS=1000000; PART=bench_idle runs
# only that one of bench.h's.

IT_RIG ?= $(call obj,tests/integration/rig.c)
BENCH_OBJS := $(patsubst %,$(B)/obj/tests/bench/%.o,bench compare idle load measure notify scanner socket start suggest suggest_measure)
$(B)/it/bench: $(BENCH_OBJS) $(IT_RIG) $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(BENCH_OBJS) $(IT_RIG) $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB)) -lcmocka
# What the status socket is measured against: libuv, with libmicrohttpd or without, and
# nothing of ours.
$(B)/responder $(B)/responder_mhd: $(B)/%: $(B)/obj/tests/bench/%.o
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(PKG_LIBS)
$(B)/floor: $(call obj,tests/bench/floor.c) $(LIBS_ALL)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(call LINK_LIBS,$(LIBS_ALL))
SCALE_OBJS := $(call obj,tests/bench/scale.c tests/bench/measure.c)
$(B)/it/scale: $(SCALE_OBJS) $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $(SCALE_OBJS) $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB)) -lcmocka

# Who idles sleeps, so that there is no need to wait for it: scale runs meanwhile.
bench:
	$(Q)tests/support/deps.sh check
	$(Q)$(MAKE) --no-print-directory -j2 all $(B)/vendors $(B)/floor $(B)/responder $(B)/responder_mhd $(B)/it/bench $(B)/it/scale
	$(Q)export ISSUES='$(ISSUES)' RATE='$(RATE)' ROUNDS='$(ROUNDS)' ITEMS='$(ITEMS)' PART='$(PART)'; \
	  [ -z "$$PART" ] || exec $(B)/it/bench; \
	  SKIP=bench_idle $(B)/it/bench; a=$$?; \
	  PART=bench_idle $(B)/it/bench >$(B)/idle.log 2>&1 & \
	  $(B)/it/scale || a=1; wait $$! || a=1; cat $(B)/idle.log; exit $$a
