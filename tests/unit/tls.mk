# The TLS client's test brings its own server, the one user of libssl.
$(B)/tests/test_http_tls: PKG_LIBS += $(shell pkg-config --libs libssl)
