# SPDX-License-Identifier: Apache-2.0
# archive.mk - one archive of all the C files below a folder: what libtool makes of them, in a quarter of the time.
#
#   make -f archive.mk A=libx.a FROM=DIR FLAGS='...'
SRC := $(sort $(shell find $(FROM) -name '*.c'))
OBJ := $(SRC:%.c=%.static.o)

$(A): $(OBJ)
	rm -f $@ && $(AR) rcsD $@ $^

%.static.o: %.c
	$(CC) $(FLAGS) -c -o $@ $<
