# SPDX-License-Identifier: Apache-2.0
# archive.mk - one archive of all the C files below a folder: what libtool makes of them, in a quarter of the time.
#
#   make -f archive.mk A=libx.a FROM=DIR FLAGS='...' [UNITY=N]
#
# UNITY: N files that include all the others, for sources that are made for it (curl's are): headers are read once.
SRC   := $(sort $(shell find $(FROM) -name '*.c' ! -name 'unity-*'))
UNITY ?=
PARTS := $(if $(UNITY),$(shell seq $(UNITY)))
OBJ   := $(if $(UNITY),$(PARTS:%=$(FROM)/unity-%.static.o),$(SRC:%.c=%.static.o))

$(A): $(OBJ)
	rm -f $@ && $(AR) rcsD $@ $^

# Each N-th of them, so that the parts are about as long.
$(FROM)/unity-%.c:
	printf '#include "%s"\n' $(SRC:$(FROM)/%=%) | awk 'NR % $(UNITY) == $* % $(UNITY)' > $@

%.static.o: %.c
	$(CC) $(FLAGS) -c -o $@ $<
