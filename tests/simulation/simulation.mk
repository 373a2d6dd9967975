# `make simulate`: the daemon in simulated time, by seeds; tests/simulation/README.md.
#   make simulate SEED=7 VERBOSE=1   one run, as it goes
#   make simulate SEEDS=200          many; DAYS=30 each (12 without it)

SIM_OBJ := $(call obj,$(wildcard tests/simulation/*.c))
SIM_WRAP := uv_timer_start uv_timer_stop uv_timer_get_due_in uv_now uv_close uv_run \
  pthread_cond_timedwait \
  store_submit store_read store_is_idle store_close sign_random getrandom log_at \
  MHD_lookup_connection_value sdnotify_stopping

# The vendors in one object: a name that is the daemon's as well is theirs alone in it.
SIM_VENDORS := $(call obj,$(filter-out %/main.c %/server.c,$(wildcard tests/support/vendors/*.c)))
$(B)/obj/sim_vendors.o: $(SIM_VENDORS) $(LIBS_ALL)
	$(SAY) LD $@
	$(Q)ld -r -o $@.all $(SIM_VENDORS) && \
	  nm -g --defined-only -f posix $@.all | cut -d' ' -f1 | sort -u > $@.theirs && \
	  nm -g --defined-only -f posix $(LIBS_ALL) | cut -d' ' -f1 | sort -u > $@.ours && \
	  comm -12 $@.theirs $@.ours > $@.both && \
	  objcopy --localize-symbols=$@.both $@.all $@

# Objects come before archives: io/http.h is net.c's here.
$(B)/simulation: $(SIM_OBJ) $(B)/obj/sim_vendors.o $(LIBS_ALL) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) $(SIM_WRAP:%=-Wl,--wrap=%) -o $@ $(SIM_OBJ) \
	  $(B)/obj/sim_vendors.o $(call LINK_LIBS,$(LIBS_ALL) $(SUPPORT_LIB))

.PHONY: simulate
simulate: $(B)/simulation
	$(Q)[ -n "$$TMPDIR" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm; \
	  SEED='$(or $(SEED),1)' SEEDS='$(or $(SEEDS),1)' DAYS='$(DAYS)' SKIP='$(SKIP)' \
	  VERBOSE='$(VERBOSE)' $(RUN_TEST) $(B)/simulation
