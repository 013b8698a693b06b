# SPDX-License-Identifier: Apache-2.0
NAME    = prehup
NAMES   = cfn-hup cfn-signal cfn-get-metadata heat-config-notify
VERSION = 0.1.0

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
MANDIR     ?= $(PREFIX)/share/man
ZSHDIR     ?= $(PREFIX)/share/zsh/vendor-completions
DESTDIR    ?=

# CFLAGS and friends belong to whoever builds; what the code needs is added apart.
CFLAGS ?= -O2 -g
PKGS    = libcurl jansson libcrypto $(if $(filter udev,$(UDEV)),libudev)
CRYPTO ?= openssl# which agent/digest_*.c; the static build has it from its TLS library
UDEV   := $(or $(UDEV),$(shell pkg-config --exists libudev 2> /dev/null && echo udev || echo netlink))# which collectors/uevent_*.c
$(if $(filter udev netlink,$(UDEV)),,$(error UDEV is udev or netlink, not "$(UDEV)"))
DEP_CFLAGS = $(shell pkg-config --cflags $(PKGS))
DEP_LIBS   = $(shell pkg-config --libs $(PKGS))
NEEDS   = -std=gnu11 -ffp-contract=off -D_GNU_SOURCE -I. -DFIXTURES='"$(CURDIR)/tests/fixtures"' -DVERSION='"$(VERSION)"' $(DEP_CFLAGS)
WARN    = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
          -Wvla -Wformat=2 -Wpointer-arith -Wundef -Werror=implicit-function-declaration \
          -Werror=int-conversion -Werror=incompatible-pointer-types
HARDEN  = -fPIE -fno-common -fstack-protector-strong
LINK    = -pie -Wl,-z,relro,-z,now,--as-needed
LIBS    = $(DEP_LIBS) -lm

# One folder a flavour: make check SAN=address,undefined
SAN ?=
comma := ,
B   ?= build$(SAN:%=-$(subst $(comma),-,$(SAN)))
ifneq ($(SAN),)
HARDEN += -fsanitize=$(SAN) -fno-sanitize-recover=all
else
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

SRC   := $(sort $(wildcard agent/*.c agent/*/*.c agent/*/*/*.c collectors/*.c collectors/*/*.c heat/*/*.c))
SRC   := $(filter-out $(filter-out %_$(CRYPTO).c,$(filter agent/base/digest_% collectors/network/x509_%,$(SRC))),$(SRC))
SRC   := $(filter-out $(filter-out %_$(UDEV).c,collectors/lib/uevent_udev.c collectors/lib/uevent_netlink.c),$(SRC))
OBJ   := $(SRC:%.c=$(B)/%.o)
MAIN  := $(B)/agent/main.o
LIB   := $(B)/lib$(NAME).a
UNIT  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*/*.c)))
FUZZ  := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
STYLED = $(shell git ls-files agent collectors heat tests | grep "\.[ch]$$")
ifneq ($(SAN),)
UNIT  := $(filter-out %/tick_allocates_nothing %/out_of_memory,$(UNIT))   # they stand in for malloc, as a sanitizer does
endif

ifneq ($(V),1)
Q   = @
say = @printf '  %-5s %s\n' $(1) $(2)
endif
COMPILE = $(CC) $(NEEDS) $(CPPFLAGS) $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP

all: $(B)/$(NAME) $(NAMES:%=$(B)/%)

$(NAMES:%=$(B)/%): $(B)/$(NAME)
	$(Q)ln -sf $(NAME) $@

$(B)/$(NAME): $(MAIN) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(filter-out $(MAIN),$(OBJ))
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c -o $@ $<

# A test that needs a file's statics includes the .c; the archive's copy then stays out.
$(B)/tests/unit/%: tests/unit/%.c $(LIB)
	$(call say,TEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) -lcmocka $(LIBS)

unit: $(UNIT)
	$(Q)rc=0; for t in $(UNIT); do ./$$t || rc=1; done; exit $$rc

# What building and testing need, by Debian's names.  A machine that has it all is left alone.
BUILD_DEPS = gcc libc6-dev pkg-config libcurl4-openssl-dev libjansson-dev libssl-dev libudev-dev
TEST_DEPS  = libcmocka-dev openssl python3 shellcheck mandoc systemd
PREDICTION_DEPS = python3-numpy python3-sklearn
EXTRA_DEPS = universal-ctags clang libclang-rt-14-dev clang-format clang-tidy cppcheck

deps test-deps extra-deps prediction-deps: NEED = $(BUILD_DEPS)
test-deps: NEED += $(TEST_DEPS)
extra-deps: NEED += $(TEST_DEPS) $(EXTRA_DEPS)
prediction-deps: NEED += $(PREDICTION_DEPS)
INSTALL_NEEDED = packaging/need $(NEED)
deps test-deps extra-deps prediction-deps:
	$(Q)$(INSTALL_NEEDED)

# The main job in a minute, with nothing to set up.
demo: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)PREHUP=$(B)/$(NAME) tests/demo

# Everything that must pass.  The parts: unit, system, replay, a real guest (tests/qemu/run), a real Heat (tests/heat/run).
check: test-deps
	$(Q)$(MAKE) --no-print-directory all unit $(B)/tests/ini_dump
	$(Q)PREHUP=$(B)/$(NAME) tests/run

check-fast: test-deps
	$(Q)$(MAKE) --no-print-directory all unit $(B)/tests/ini_dump
	$(Q)PREHUP=$(B)/$(NAME) HEAT=no QEMU=no tests/run

check-guest: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)PREHUP=$(B)/$(NAME) tests/qemu/run

asan: test-deps
	$(Q)$(MAKE) --no-print-directory all unit build-address-undefined/tests/ini_dump SAN=address,undefined
	$(Q)PREHUP=build-address-undefined/$(NAME) JOBS=$$(nproc) HEAT=no QEMU=no tests/run

$(B)/tests/%: tests/bench/%.c $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

bench: test-deps
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/tick $(B)/tests/scorer
	$(Q)PREHUP=$(B)/$(NAME) B=$(B) tests/bench/run

# How well it predicts, on recordings that are not part of the source: DATA=FOLDER.
bench-prediction: prediction-deps
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/features
	$(Q)PREHUP=$(B)/$(NAME) B=$(B) tests/prediction/run $(DATA)

# The tables in the tree are what the scripts write: with PREDICTION_DATA=FOLDER, else it says "skipped".
check-prediction: prediction-deps
	$(Q)$(MAKE) --no-print-directory $(B)/tests/features
	$(Q)FEATURES=$(B)/tests/features tests/prediction/check-table

# Our INI reader, for a comparison with Python's.
$(B)/tests/ini_dump: tests/ini/dump.c $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

# The scorer on the recorded episodes, when those are at hand.
$(B)/tests/features: tests/prediction/features.c $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

# What tests/prediction/bench-nab, bench-backblaze and bench-drives run, on recordings when those are at hand.
$(B)/tests/nab $(B)/tests/fit_wear $(B)/tests/drives: $(B)/tests/%: tests/prediction/%.c $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

# One file that runs in any image, of musl and Debian's sources: packaging/static.mk says how.
STATIC_DEPS = gcc make dpkg-dev python3 perl xz-utils bzip2 patch $(if $(filter aarch64,$(ARCH)),gcc-aarch64-linux-gnu)
static: NEED = $(STATIC_DEPS)
static:
	$(Q)$(INSTALL_NEEDED)
	$(Q)$(MAKE) --no-print-directory -f packaging/static.mk

# Debian's kernel and prehup from its package, to be booted: build/image.
image: static
	$(Q)$(MAKE) --no-print-directory deb STATIC=build/static/$(NAME)
	$(Q)packaging/image/make-image build/packages/$(NAME)_$(VERSION)+static_$$(dpkg --print-architecture).deb

# What is in the static program, for those who must know: CycloneDX.
sbom: static
	$(Q)packaging/sbom build/static/$(NAME) build/static/versions $(VERSION) > build/static/$(NAME).cdx.json
	$(Q)echo build/static/$(NAME).cdx.json

static-lock:
	$(Q)LOCK=write packaging/static/fetch build/static-deps/lock curl mbedtls openssl c-ares jansson musl-dev linux-libc-dev

# What is tried with the static build, the packages and the image.
check-packages: test-deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/packaging/run

# What the dynamic and the static build cost, side by side.
size: all static
	$(Q)tests/packaging/size $(B)/$(NAME) build/static/$(NAME)

SCRIPTS = packaging/need packaging/make-package packaging/static/fetch packaging/static/musl-cc packaging/image/make-image packaging/image/lib.sh packaging/image/init \
	packaging/image/udhcpc.script packaging/sysvinit/prehup packaging/openrc/prehup packaging/completions/prehup.bash \
	$(wildcard packaging/dib/*/*.d/*)
lint: extra-deps $(LIB)
	$(Q)tests/lint
	$(Q)shellcheck -S warning tests/lint tests/layers tests/house tests/run tests/packaging/run tests/packaging/*.sh $(SCRIPTS) tests/demo tests/bench/run tests/prediction/run tests/prediction/check-table tests/prediction/bench-backblaze tests/prediction/bench-drives tests/heat/run tests/heat/lab tests/qemu/run tests/qemu/init tests/system/*.sh .ci/run
	$(Q)cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --library=tests/cppcheck.cfg --error-exitcode=1 -I. agent collectors heat
	$(Q)$(MAKE) --no-print-directory -j2 $(patsubst %.c,$(B)/%.tidy,$(sort $(SRC) collectors/lib/uevent_netlink.c))

$(B)/%.tidy: %.c .clang-tidy $(shell git ls-files "*.h")
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(NEEDS) 2> /dev/null && touch $@

format:
	clang-format -i $(STYLED)

# The manual of the metrics, as their table has them.
manual:
	$(Q)tests/manual > agent/man/prehup-metrics.7

format-check:
	$(Q)clang-format --dry-run -Werror $(STYLED)

# Every fuzzer for so many seconds, out of its seeds and into a corpus of its own.
FUZZTIME ?= 60
fuzz: extra-deps
	$(Q)$(MAKE) --no-print-directory $(FUZZ)
	$(Q)for f in $(FUZZ); do n=$${f##*/}; mkdir -p build-fuzz/corpus/$$n; echo "fuzz $$n"; \
		$$f -max_total_time=$(FUZZTIME) -artifact_prefix=build-fuzz/ -verbosity=0 \
		-print_final_stats=0 build-fuzz/corpus/$$n \
		tests/fuzz/seeds/$$n || exit 1; done

FUZZED = -g -O1 $(NEEDS) -fsanitize=address,undefined -fno-sanitize-recover=undefined -MMD -MP
FUZZOBJ := $(patsubst %.c,build-fuzz/%.o,$(filter-out agent/main.c,$(SRC)))
build-fuzz/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(Q)clang $(FUZZED) -fsanitize=fuzzer-no-link -c -o $@ $<

build-fuzz/lib$(NAME).a: $(FUZZOBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

build-fuzz/%: tests/fuzz/%.c build-fuzz/lib$(NAME).a
	$(call say,FUZZ,$<)
	$(Q)clang $(FUZZED) -fsanitize=fuzzer -o $@ $< build-fuzz/lib$(NAME).a $(LIBS)

install: all install-files

install-files:
	install -D -m 755 $(B)/$(NAME) $(DESTDIR)$(PREFIX)/bin/$(NAME)
	for n in $(NAMES); do ln -sf $(NAME) $(DESTDIR)$(PREFIX)/bin/$$n || exit 1; done
	install -D -m 644 packaging/$(NAME).conf $(DESTDIR)$(SYSCONFDIR)/$(NAME)/$(NAME).conf
	install -D -m 644 packaging/$(NAME).service $(DESTDIR)$(UNITDIR)/$(NAME).service
	for u in packaging/unprivileged/*@.*; do install -D -m 644 $$u $(DESTDIR)$(UNITDIR)/$${u##*/} || exit 1; done
	install -D -m 644 packaging/unprivileged/unprivileged.conf $(DESTDIR)$(PREFIX)/share/$(NAME)/unprivileged.conf
	install -D -m 644 packaging/$(NAME).sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/$(NAME).conf
	install -D -m 644 packaging/$(NAME).tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/$(NAME).conf
	install -D -m 644 packaging/completions/$(NAME).bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$(NAME)
	install -D -m 644 packaging/completions/_$(NAME) $(DESTDIR)$(ZSHDIR)/_$(NAME)
	install -D -m 644 packaging/completions/$(NAME).fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$(NAME).fish
	for m in 1 5 7; do for f in agent/man/*.$$m; do \
		install -D -m 644 $$f $(DESTDIR)$(MANDIR)/man$$m/$${f##*/} || exit 1; done; done

# Packages, into build/packages: the .deb, the same with the static program in it, the .rpm.
deb rpm dist apk: FORCE
	$(Q)VERSION=$(VERSION) STATIC=$(STATIC) REVISION=$(REVISION) packaging/make-package $@
FORCE:

clean:
	rm -rf build build-*

.PHONY: all unit deps test-deps extra-deps prediction-deps static static-lock sbom size image check-packages demo check check-fast check-guest asan bench bench-prediction check-prediction lint format manual format-check fuzz install install-files clean
-include $(OBJ:.o=.d) $(UNIT:=.d) $(FUZZOBJ:.o=.d)
