# SPDX-License-Identifier: Apache-2.0
# tests.mk - the targets that test, measure and check the program; included by the Makefile.

# Debian's names of the packages that building and testing need.  A machine that has them all is left alone.
BUILD_DEPS = gcc libc6-dev pkg-config libcurl4-openssl-dev libjansson-dev libssl-dev libudev-dev
TEST_DEPS  = libcmocka-dev ca-certificates openssl python3 python3-yaml shellcheck mandoc systemd
PREDICTION_DEPS = python3-numpy python3-sklearn
EXTRA_DEPS = universal-ctags clang libclang-rt-14-dev clang-format clang-tidy cppcheck

deps test-deps extra-deps prediction-deps: NEED = $(BUILD_DEPS)
test-deps: NEED += $(TEST_DEPS)
extra-deps: NEED += $(TEST_DEPS) $(EXTRA_DEPS)
prediction-deps: NEED += $(PREDICTION_DEPS)
INSTALL_NEEDED = packaging/need $(NEED)
deps: ## install the packages that building needs, by apt
deps test-deps extra-deps prediction-deps:
	$(Q)$(INSTALL_NEEDED)

demo: deps ## run the main job in half a minute: a filesystem fills and is saved
	$(Q)$(MAKE) --no-print-directory all
	$(Q)PREHUP=$(B)/$(NAME) tests/demo

# The unit tests: one program a file.  Two of them replace malloc, which a sanitizer does itself.
UNIT  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*/*.c)))
UNIT  := $(if $(SAN),$(filter-out %/tick_allocates_nothing %/out_of_memory,$(UNIT)),$(UNIT))

# A test that needs a file's static functions includes the .c; the archive's copy then stays out.
$(B)/tests/unit/%.o: private FIXTURES = -DFIXTURES='"$(CURDIR)/tests/fixtures"'
$(UNIT): %: %.o $(LIB)
	$(call say,TEST,$(@:$(B)/%=%.c))
	$(Q)$(CC) $(HARDEN) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcmocka $(LIBS)
-include $(UNIT:=.d)

# Programs of the other tests: ini_dump prints a file as our INI reader has it, features prints the scorer's features.
PROGRAMS = $(B)/tests/ini/dump $(B)/tests/bench/tick $(B)/tests/bench/scorer $(patsubst %.c,$(B)/%,$(wildcard tests/prediction/*.c))
$(PROGRAMS): $(B)/%: %.c $(LIB)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

unit: $(UNIT) ## run the unit tests
	$(Q)rc=0; for t in $(UNIT); do ./$$t || rc=1; done; exit $$rc

RUN = $(MAKE) --no-print-directory all unit $(B)/tests/ini/dump && PREHUP=$(B)/$(NAME) tests/run
check: ## run all tests, on a real Heat and a real guest too: a quarter of an hour, as root
	$(Q)echo "check: a quarter of an hour; installs packages by apt; \"make test\" is the part that takes a minute"
	$(Q)$(MAKE) --no-print-directory test-deps
	$(Q)$(RUN)

test: test-deps ## run the fast tests: unit, system, replays, manuals
	$(Q)export HEAT=no QEMU=no; $(RUN)

check-guest: deps ## run the tests in a real guest (QEMU)
	$(Q)$(MAKE) --no-print-directory all
	$(Q)PREHUP=$(B)/$(NAME) tests/qemu/run

check-packages: test-deps ## run the tests of the static build, the packages and the image
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/packaging/run

asan: ## run the fast tests under the address and undefined behaviour sanitizers
	$(Q)JOBS=$$(nproc) $(MAKE) --no-print-directory test SAN=address,undefined

bench: test-deps ## measure the cost of a tick, of the scorer and of polls
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/bench/tick $(B)/tests/bench/scorer
	$(Q)PREHUP=$(B)/$(NAME) B=$(B) tests/bench/run

bench-prediction: prediction-deps ## measure the predictions on recordings, DATA=FOLDER
	$(Q)$(MAKE) --no-print-directory all $(B)/tests/prediction/features $(B)/tests/prediction/drive_features
	$(Q)PREHUP=$(B)/$(NAME) B=$(B) tests/prediction/run $(DATA)

check-prediction: prediction-deps ## compare the model's tables with their script's, PREDICTION_DATA=FOLDER
	$(Q)$(MAKE) --no-print-directory $(B)/tests/prediction/features $(B)/tests/prediction/drive_features
	$(Q)FEATURES=$(B)/tests/prediction/features tests/prediction/check-table

# Scripts are those files in git that begin with a shell's name.
SCRIPTS = $(shell git grep -lE '^\#! ?/bin/(ba|a)?sh' -- tests packaging .ci ':!tests/fixtures'; echo packaging/completions/prehup.bash)
lint: extra-deps $(LIB) ## check the house rules, the scripts and the code
	$(Q)tests/lint
	$(Q)shellcheck -S warning $(SCRIPTS)
	$(Q)cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --library=tests/cppcheck.cfg --error-exitcode=1 -I. agent collectors heat
	$(Q)$(MAKE) --no-print-directory -j2 $(patsubst %.c,$(B)/%.tidy,$(sort $(SRC) collectors/lib/uevent_netlink.c))

$(B)/%.tidy: %.c .clang-tidy $(wildcard agent/*/*.h agent/*/*/*.h collectors/*.h collectors/*/*.h heat/*/*.h)
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- $(NEEDS) 2> /dev/null && touch $@

STYLED = $(shell git ls-files agent collectors heat tests | grep '\.[ch]$$')
format: ## format the C code
	clang-format -i $(STYLED)

format-check: ## fail if the C code is not formatted
	$(Q)clang-format --dry-run -Werror $(STYLED)

manual: ## write the manual of the metrics from their table
	$(Q)tests/manual > agent/man/prehup-metrics.7

# Each fuzzer runs for so many seconds, from its seeds, with a corpus of its own.
FUZZTIME ?= 60
FUZZ  := $(patsubst tests/fuzz/%.c,build-fuzz/%,$(sort $(wildcard tests/fuzz/*.c)))
fuzz: extra-deps ## run each fuzzer for FUZZTIME seconds (60)
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

.PHONY: deps test-deps extra-deps prediction-deps demo unit check test check-guest check-packages asan bench \
	bench-prediction check-prediction lint format format-check manual fuzz
-include $(UNIT:=.d) $(PROGRAMS:=.d) $(FUZZOBJ:.o=.d)
