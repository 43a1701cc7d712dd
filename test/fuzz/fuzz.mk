# fuzz.mk: builds the fuzz harnesses (libFuzzer, so always with clang and under the sanitizers). Included by the Makefile.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 20
FUZZ_NAMES := $(patsubst test/fuzz/fuzz_%.c,%,$(wildcard test/fuzz/fuzz_*.c))
FUZZ_MODULES := $(patsubst fcgi-app/%.c,build/fuzz/%.o,$(filter-out %main.c,$(wildcard fcgi-app/*.c))) \
	$(patsubst fcgi-app/%.S,build/fuzz/%.o,$(wildcard fcgi-app/*.S))
FUZZ_CFLAGS := -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -Wno-gnu -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-DVERSION='"fuzz"' -DREVISION='"fuzz"' -Ifcgi-app -I/usr/include/postgresql
FUZZ_LINK := -fsanitize=fuzzer,address,undefined

.PHONY: fuzz fuzz-build
fuzz:
	scripts/fuzz $(FUZZ_SECONDS)

fuzz-build: $(FUZZ_NAMES:%=build/fuzz/fuzz_%)

# Each harness takes from the archive only what it needs.
build/fuzz/fuzz_%: build/fuzz/fuzz_%.o build/fuzz/modules.a
	$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lpq -ljansson -lcrypto

# Before the archive, so that what they define is not taken from there.
build/fuzz/fuzz_request: build/fuzz/request_fcgx.o build/fuzz/request_store.o

build/fuzz/modules.a: $(FUZZ_MODULES)
	rm -f $@
	$(AR) rcs $@ $^

build/fuzz/%.o: test/fuzz/%.c | build/fuzz
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

build/fuzz/%.o: fcgi-app/%.c | build/fuzz
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c -o $@ $<

build/fuzz/%.o: fcgi-app/%.S fcgi-app/openapi.json | build/fuzz
	$(FUZZ_CC) -c -o $@ $<

build/fuzz:
	mkdir -p $@

.SECONDARY: $(FUZZ_NAMES:%=build/fuzz/fuzz_%.o) build/fuzz/request_fcgx.o build/fuzz/request_store.o
-include $(wildcard build/fuzz/*.d)
