# SPDX-License-Identifier: Apache-2.0
# archive.mk - builds one archive of all C files below a folder, like libtool, in a quarter of the time.
#
#   make -f archive.mk A=libx.a FROM=DIR FLAGS='...' [UNITY=N]
#
# UNITY=N compiles N files that include all the others, so that headers are read once; the sources must allow it (curl's do).
SRC   := $(sort $(shell find $(FROM) -name '*.c' ! -name 'unity-*'))
UNITY ?=
PARTS := $(if $(UNITY),$(shell seq $(UNITY)))
OBJ   := $(if $(UNITY),$(PARTS:%=$(FROM)/unity-%.static.o),$(SRC:%.c=%.static.o))

$(A): $(OBJ)
	rm -f $@ && $(AR) rcsD $@ $^

# Each part has every N-th file, so that the parts are of similar length.
$(FROM)/unity-%.c:
	printf '#include "%s"\n' $(SRC:$(FROM)/%=%) | awk 'NR % $(UNITY) == $* % $(UNITY)' > $@

%.static.o: %.c
	$(CC) $(FLAGS) -c -o $@ $<
