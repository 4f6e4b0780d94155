#!/bin/sh
# A stand-in for opkg, written for the tests: what it does with files, conffiles and a package's scripts, in its order. Beside each
# rule stands the function of opkg-lede's libopkg that has it.
#
#   opkg.sh [--offline-root DIR] [--force-postinstall] [--force-reinstall] [--force-downgrade] install FILE.ipk
#   opkg.sh [--offline-root DIR] remove NAME
#
# A package is installed when there is its control file. In the offline root, or /, are etc/opkg/arch.conf (`arch NAME PRIORITY`) and
# usr/lib/opkg; SCRIPT_LOG, if set, gets a line for each script that is run.
set -eu

root='' force_postinstall=false force_reinstall=false force_downgrade=false
while [ "${1#--}" != "$1" ]; do
	case $1 in
		--offline-root) root=$2 && shift ;;
		--force-postinstall) force_postinstall=true ;;
		--force-reinstall) force_reinstall=true ;;
		--force-downgrade) force_downgrade=true ;;
		*) echo "opkg: no option $1" >&2 && exit 2 ;;
	esac
	shift
done
info=$root/usr/lib/opkg/info
# What the conffiles were like in the package, as in the paragraph of the real status file: `PATH SHA256`.
status=$root/usr/lib/opkg/status.d
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$info" "$status"

fail() {
	echo "opkg: $*" >&2
	exit 255
}
field() { sed -n "s/^$1: //p" "$2"; }
sum() { sha256sum <"$root$1" | cut -d ' ' -f 1; }

# pkg_run_script: with PKG_ROOT and PKG_UPGRADE; in an offline root only if that is forced.
run_script() {
	[ -f "$1" ] || return 0
	if [ -n "$root" ] && ! $force_postinstall; then return 0; fi
	script=$1 upgrade=$2
	shift 2
	[ -z "${SCRIPT_LOG:-}" ] || echo "${script##*[./]} $* (PKG_UPGRADE=$upgrade PKG_ROOT=$root/)" >>"$SCRIPT_LOG"
	PKG_ROOT=$root/ PKG_UPGRADE=$upgrade /bin/sh -c "$script $*"
}

# pkg_compare_versions, for versions of digits and dots with -rN.
is_older() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# version_constraints_satisfied: of constraints only `(=VERSION)`, which the packages have.
is_satisfied() { [ -f "$info/$1.control" ] && { [ -z "$2" ] || [ "$2" = "(=$(field Version "$info/$1.control"))" ]; }; }

# conffile_has_been_modified: also when nothing is known of it.
is_modified() { ! grep -qsxF "$1 $(sum "$1")" "$status/$name"; }

# remove_data_files_and_list: a conffile that was modified stays; directories go when they are empty.
remove_files() {
	conffiles=$(cut -d ' ' -f 1 "$status/$name" 2>/dev/null || true)
	sort -r "$info/$name.list" | while read -r file; do
		if [ -d "$root$file" ] && [ ! -L "$root$file" ]; then
			rmdir "$root$file" 2>/dev/null || true
		elif echo "$conffiles" | grep -qxF "$file" && [ -e "$root$file" ] && is_modified "$file"; then
			echo "Not deleting modified conffile $file."
		else
			rm -f "$root$file"
		fi
	done
}

# opkg_remove_pkg: prerm, files, postrm, scripts.
remove() {
	name=$1
	[ -f "$info/$name.control" ] || fail "No packages removed."
	echo "Removing package $name from root..."
	run_script "$info/$name.prerm" 0 remove || fail "not removing package \"$name\", prerm script failed"
	remove_files
	run_script "$info/$name.postrm" 0 remove
	rm -f "$info/$name".* "$status/$name"
}

# opkg_install_by_name and opkg_install_pkg, then opkg_configure_packages.
install() {
	mkdir "$work/control"
	tar -xzOf "$1" ./control.tar.gz >"$work/control.tar.gz"
	tar -xzOf "$1" ./data.tar.gz >"$work/data.tar.gz"
	tar -xzf "$work/control.tar.gz" -C "$work/control"
	name=$(field Package "$work/control/control")
	version=$(field Version "$work/control/control")
	architecture=$(field Architecture "$work/control/control")

	# opkg_install_cmd.
	if $force_reinstall && [ -f "$info/$name.control" ]; then remove "$name"; fi

	old=''
	[ ! -f "$info/$name.control" ] || old=$(field Version "$info/$name.control")
	if [ "$old" = "$version" ]; then
		echo "Package $name ($version) installed in root is up to date."
		return
	fi
	if [ -n "$old" ] && is_older "$version" "$old" && ! $force_downgrade; then
		echo "Not downgrading package $name on root from $old to $version."
		return
	fi
	# pkg_arch_supported.
	grep -qs "^arch $architecture " "$root/etc/opkg/arch.conf" || fail "incompatible with the architectures configured"
	# satisfy_dependencies_for: nothing is fetched here.
	field Depends "$work/control/control" | tr , '\n' | while read -r dependency exactly; do
		is_satisfied "$dependency" "$exactly" || fail "Cannot satisfy the following dependencies for $name: $dependency${exactly:+ $exactly}"
	done || exit 255

	upgrade=0
	if [ -n "$old" ]; then
		upgrade=1
		# prerm_upgrade_old_pkg.
		run_script "$info/$name.prerm" 1 upgrade "$version" || fail "prerm script for package \"$name\" failed"
	fi
	# preinst_configure.
	run_script "$work/control/preinst" "$upgrade" "${old:+upgrade }${old:-install}" ||
		fail "Aborting installation of $name."

	# backup_modified_conffiles: what the old package has and the user changed, and what is there and is a conffile only now.
	conffiles=$(cat "$work/control/conffiles" 2>/dev/null || true)
	for file in $(cut -d ' ' -f 1 "$status/$name" 2>/dev/null || true); do
		if [ -e "$root$file" ] && is_modified "$file"; then cp -p "$root$file" "$root$file-opkg.backup"; fi
	done
	for file in $conffiles; do
		if ! grep -qs "^$file " "$status/$name" && [ -e "$root$file" ] && [ ! -e "$root$file-opkg.backup" ]; then
			cp -p "$root$file" "$root$file-opkg.backup"
		fi
	done
	# check_data_file_clashes.
	tar -tzf "$work/data.tar.gz" | sed 's,^\.,,; s,/$,,; /^$/d' >"$work/list"
	while read -r file; do
		if [ -e "$root$file" ] && [ ! -d "$root$file" ] && [ ! -e "$root$file-opkg.backup" ] &&
			! grep -qsxF "$file" "$info/$name.list"; then
			fail "Package $name wants to install file $file, but that file is already provided by package <no package>"
		fi
	done <"$work/list"
	if [ -n "$old" ]; then
		# postrm_upgrade_old_pkg, remove_obsolesced_files, remove_data_files_and_list, remove_maintainer_scripts.
		run_script "$info/$name.postrm" 1 upgrade "$version"
		remove_files
		rm -f "$info/$name".*
	fi
	# install_maintainer_scripts.
	for file in "$work/control"/*; do cp -p "$file" "$info/$name.${file##*/}"; done
	# install_data_files. What another package has, a directory mostly, is not in the list (update_file_ownership).
	while read -r file; do grep -qsxF "$file" "$info"/*.list || echo "$file"; done <"$work/list" >"$work/own"
	cp "$work/own" "$info/$name.list"
	tar -xpzf "$work/data.tar.gz" -C "$root/"
	# resolve_conffiles: the user's comes back, the new one stands beside it. What is remembered is the new one.
	: >"$status/$name"
	for file in $conffiles; do
		echo "$file $(sum "$file")" >>"$status/$name"
		[ -e "$root$file-opkg.backup" ] || continue
		if ! cmp -s "$root$file" "$root$file-opkg.backup"; then
			echo "Existing conffile $file is different from the conffile in the new package. The new conffile will be placed at $file-opkg."
			mv "$root$file" "$root$file-opkg"
			mv "$root$file-opkg.backup" "$root$file"
		fi
		rm -f "$root$file-opkg.backup"
	done

	# opkg_configure.
	echo "Configuring $name."
	run_script "$info/$name.postinst" "$upgrade" configure || fail "$name.postinst returned $?."
}

"$@"
