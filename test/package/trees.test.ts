/** opkg with weir-trees on a router that runs: trees come into force and go out of it with their file, and the daemon goes on. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ipkOf, TREES_IPK } from './ipk.ts';
import { HOST_CPU, olderIpk, onARouter, type Router, type Steps } from './router.ts';

const INSTALLED = [
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir-trees.control',
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir-trees.list',
  '-rw-r--r-- 0:0 /usr/lib/opkg/status.d/weir-trees',
  '-rw-r--r-- 0:0 /usr/lib/weir/trees',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-trees.postinst',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-trees.postinst-pkg',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-trees.postrm',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-trees.prerm',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-trees.prerm-pkg',
  'drwxr-xr-x 0:0 /usr/lib/weir',
];

/** Looks again with what is there now; nothing is stopped. */
const RELOADED = ['running|weir', 'running|weir', 'send_signal|weir|*|HUP', 'open_service|weir|/etc/init.d/weir'];

const WITH_A_TREE = `
mkdir -p /sys && mount -t sysfs sysfs /sys
ip link add eth1 type veth && ip link set eth1 up
printf '#!/bin/sh\\nexec /usr/sbin/weir ubus "$@"\\n' >/bin/ubus && chmod 755 /bin/ubus
cat >/etc/config/weir <<END
config globals
	option on_exit 'keep'
config qdisc 'lan'
	option device 'eth1'
	option kind 'htb'
	option handle '1:'
config class 'all'
	option parent 'lan'
	option rate '50mbit'
END
asked() { part asked; grep -E "^(running|send_signal|kill|open_service)" $PROCD_LOG; }
# What stands at the root of eth1, by weir's own base.
root() { weir show --all --json | grep -o '"device":"eth1","kind":"[a-z_]*"'; }
is() { [ "$(root)" = "\\"device\\":\\"eth1\\",\\"kind\\":\\"$1\\"" ]; }
# Until that is so, or for four seconds.
wait_until() { tries=0; until "$@" || [ $tries -gt 200 ]; do tries=$((tries + 1)); sleep 0.02; done; root; }
usable() { ubus call weir info | grep -A 1 '"trees"' | grep -o '"usable": [a-z]*'; }
`;
const HTB = '"device":"eth1","kind":"htb"';
const NONE = '"device":"eth1","kind":"noqueue"';
const NEEDS = 'these sections need the package weir-trees (expected opkg install weir-trees, or apk add weir-trees)';

/** Runs `script` on a router for each shell that has weir with a tree configured, with the packages as $weir, $trees and $older. */
function onARouterWithATree(script: string, check: (steps: Steps, router: Router, before: string[]) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'weir-older-'));
  try {
    const made = olderIpk(directory);
    onARouter((router) => {
      const [weir, trees, older] = [ipkOf(HOST_CPU), TREES_IPK, made].map((path) => router.putIpk(path));
      const names = `weir=${weir} trees=${trees} older=${older}`;
      const installed = router.run(`${names}\nopkg install $weir >/dev/null && daemon >/dev/null`);
      assert.equal(installed.exit, 0, installed.stderr);
      const before = router.files();
      const steps = router.run(`${names}\n${WITH_A_TREE}\n/etc/init.d/weir start\ndaemon >/dev/null\n${script}`);
      assert.equal(steps.exit, 0, steps.stderr);
      check(steps, router, before);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function difference(before: readonly string[], router: Router): { come: string[]; gone: string[] } {
  const known = (line: string): boolean => / \/(var\/run|sys|bin\/ubus)\b/.test(line);
  const without = (list: readonly string[], other: readonly string[]): string[] =>
    list.filter((line) => !other.includes(line) && !known(line));
  const after = router.files();
  return { come: without(after, before), gone: without(before, after) };
}

test('without the package one message tells what to install; with it the daemon that runs puts the tree in force', () => {
  onARouterWithATree(
    `
step without; wait_until is noqueue; usable; grep -c 'need the package' /var/run/procd/stderr; weir check 2>&1
step before; daemon
step install; opkg install $trees; asked
part installed; wait_until is htb; usable; weir check; daemon
`,
    (steps, router, before) => {
      const pid = steps.lines.get('before');
      assert.deepEqual(steps.lines.get('without')?.slice(0, 3), [NONE, '"usable": false', '1']);
      assert.deepEqual(steps.lines.get('without')?.slice(3), [`error: /etc/config/weir:3: qdisc 'lan': ${NEEDS}`]);
      assert.deepEqual(steps.lines.get('install'), ['Configuring weir-trees.']);
      assert.deepEqual(steps.lines.get('asked'), RELOADED);
      assert.deepEqual(steps.lines.get('installed'), [
        HTB,
        '"usable": true',
        '/etc/config/weir: 0 shapers, 1 tree, no errors',
        ...(pid ?? []),
      ]);
      assert.deepEqual(difference(before, router), { come: INSTALLED, gone: [] });
    },
  );
});

test('removed: the daemon, which goes on, takes the tree away', () => {
  onARouterWithATree(
    `
opkg install $trees >/dev/null
wait_until is htb >/dev/null
step before; daemon
step remove; opkg remove weir-trees; asked
part removed; wait_until is noqueue; usable; daemon; cat /var/run/weir/saved.json 2>&1; true
`,
    (steps, router, before) => {
      assert.deepEqual(steps.lines.get('remove'), ['Removing package weir-trees from root...']);
      assert.deepEqual(steps.lines.get('asked'), ['running|weir', ...RELOADED]);
      assert.deepEqual(steps.lines.get('removed')?.slice(0, 3), [
        NONE,
        '"usable": false',
        ...(steps.lines.get('before') ?? []),
      ]);
      assert.match(steps.lines.get('removed')?.[3] ?? '', /No such file/);
      assert.deepEqual(difference(before, router), { come: [], gone: [] });
    },
  );
});

test('removed while no daemon runs: what was left in force goes before the file does, and nothing is started', () => {
  onARouterWithATree(
    `
opkg install $trees >/dev/null
wait_until is htb >/dev/null
/etc/init.d/weir stop
step kept; wait_until is htb
step remove; opkg remove weir-trees; root; grep -c open_service $PROCD_LOG; true
`,
    (steps) => {
      assert.deepEqual(steps.lines.get('kept'), [HTB]);
      assert.deepEqual(steps.lines.get('remove'), ['Removing package weir-trees from root...', NONE, '0']);
    },
  );
});

test('the package goes with its own version of weir only', () => {
  onARouterWithATree(
    `
opkg remove weir >/dev/null
opkg install $older >/dev/null
step refused; opkg install $trees 2>&1; echo $?
`,
    (steps) => {
      assert.match(steps.lines.get('refused')?.[0] ?? '', /^opkg: Cannot satisfy .* for weir-trees: weir \(=/);
      assert.equal(steps.lines.get('refused')?.[1], '255');
    },
  );
});
