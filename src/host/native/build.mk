# What the compilers are told wherever weir is built: by the project's Makefile, and by the one of the OpenWrt package.
# SPDX-License-Identifier: Apache-2.0

# The files of QuickJS and of this directory, without .c; main.c is by itself, since its bounds differ between executables, and so is
# part_writer.c, which runs where weir is built.
ENGINE := quickjs dtoa libregexp libunicode cutils
NATIVE := heap arguments sockets structures files process constants chunks part_file native

# The engine relies on signed numbers that wrap.
C_FLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fwrapv -ffunction-sections -fdata-sections
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes

# No unwind tables: nothing on a router reads them.
NO_UNWIND := -fno-asynchronous-unwind-tables -fno-unwind-tables

# A bundle as bytecode, without the source text. With -s also without line numbers, which are a third of it: traces name the functions.
QJSC_FLAGS := -c -m -M weir:native,native
