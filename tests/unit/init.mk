# test_ctl_init asks the vendor server, and alignd checks what was written.
$(B)/tests/test_ctl_init: | $(B)/vendors $(B)/alignd
