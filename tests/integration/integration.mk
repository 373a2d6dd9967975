# `make integration`: the real binaries of this VARIANT against local vendors.

IT := $(patsubst tests/integration/%.c,$(B)/it/%,$(wildcard tests/integration/it_*.c))
IT_RIG := $(call obj,tests/integration/rig.c)
IT_PROGRAMS := $(B)/alignd $(B)/alignctl $(B)/vendors $(B)/wall.so

$(B)/it/%: $(B)/obj/tests/integration/%.o $(IT_RIG) $(call lib,base) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(IT_RIG) $(SUPPORT_LIB) $(call lib,base) $(PKG_LIBS) -lcmocka -lpthread -lm

.PHONY: integration
# ONE=it_sync runs one program; all of them run five at a time, for they wait more than
# they work.
integration: $(IT_PROGRAMS) $(if $(ONE),$(B)/it/$(ONE),$(IT))
	$(Q)rm -f $(B)/failed; printf '%s\n' $(filter $(B)/it/%,$^) | \
	  RUN_TEST='$(RUN_TEST)' xargs -P5 -n1 tests/gate/one.sh $(B)/failed; r=$$?; \
	  [ ! -s $(B)/failed ] || { echo failed: $$(cat $(B)/failed); exit 1; }; exit $$r
