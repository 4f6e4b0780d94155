#!/bin/sh
# Prints the size of an executable, plain and as xz; fails above the limits that fit a router's flash.
set -eu

most=875000
most_xz=382500
size=$(stat -c %s "$1")
size_xz=$(xz -9e -c "$1" | wc -c)
echo "$1: $size bytes (at most $most), $size_xz as xz (at most $most_xz)"
[ "$size" -le "$most" ] && [ "$size_xz" -le "$most_xz" ]
