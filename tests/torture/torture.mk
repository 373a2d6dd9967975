# `make kill`: 20 kills; `make kill KILLS=200 SEED=7` as many as wanted.

$(B)/it/kill: $(B)/obj/tests/torture/kill.o $(IT_RIG) $(call lib,base) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(IT_RIG) $(SUPPORT_LIB) $(call lib,base) $(PKG_LIBS) -lcmocka -lpthread -lm

.PHONY: kill
kill: $(IT_PROGRAMS) $(B)/it/kill
	$(Q)KILLS='$(or $(KILLS),20)' SEED='$(or $(SEED),1)' $(B)/it/kill
