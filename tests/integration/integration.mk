# `make integration`: the real binaries of this VARIANT against local vendors.

IT := $(patsubst tests/integration/%.c,$(B)/it/%,$(wildcard tests/integration/it_*.c))
IT_RIG := $(call obj,tests/integration/rig.c)
IT_PROGRAMS := $(B)/alignd $(B)/alignctl $(B)/vendors $(B)/wall.so

$(B)/it/%: $(B)/obj/tests/integration/%.o $(IT_RIG) $(call lib,base) $(SUPPORT_LIB)
	$(SAY) LD $@
	$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS_ALL) -o $@ $< $(IT_RIG) $(SUPPORT_LIB) $(call lib,base) $(PKG_LIBS) -lcmocka -lpthread -lm

.PHONY: integration
# ONE=it_sync runs one program.
integration: $(IT_PROGRAMS) $(if $(ONE),$(B)/it/$(ONE),$(IT))
	$(Q)bad=; for t in $(filter $(B)/it/%,$^); do echo "== $$t"; $(RUN_TEST) $$t || bad="$$bad $$(basename $$t)"; done; \
	  [ -z "$$bad" ] || { echo "failed:$$bad"; exit 1; }
