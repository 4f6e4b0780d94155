/** opkg with weir-bridge on a router that runs: the daemon changes with what it can load, and the files come and go. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bridgeIpkOf, ipkOf } from './ipk.ts';
import { BRIDGE_OBJECT, HOST_CPU, OLD_TRAILER, olderBridgeIpk, onARouter, type Router, type Steps } from './router.ts';

const INSTALLED = [
  '-rw-r--r-- 0:0 /lib/bpf/weir.bpf.o',
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir-bridge.control',
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir-bridge.list',
  '-rw-r--r-- 0:0 /usr/lib/opkg/status.d/weir-bridge',
  '-rw-r--r-- 0:0 /usr/lib/weir/bridge',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-bridge.postinst',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-bridge.postinst-pkg',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-bridge.postrm',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-bridge.prerm',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir-bridge.prerm-pkg',
  'drwxr-xr-x 0:0 /lib/bpf',
  'drwxr-xr-x 0:0 /usr/lib/weir',
];

/** The successor is announced, so that the link stays shaped, and started. */
const TAKEN_OVER = ['open_service|weir|/etc/init.d/weir', 'send_signal|weir|*|USR1', 'kill|weir|'];

const ASKED = 'grep -E "^(send_signal|kill|open_service)" $PROCD_LOG';

/** Runs `script` on a router for each shell that has weir, with the packages as $weir, $bridge and $older. */
function onARouterWithWeir(script: string, check: (steps: Steps, router: Router, before: string[]) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'weir-older-'));
  try {
    const made = olderBridgeIpk(directory);
    onARouter((router) => {
      const [weir, bridge, older] = [ipkOf(HOST_CPU), bridgeIpkOf(HOST_CPU), made].map((path) => router.putIpk(path));
      const installed = router.run(`weir=${weir}\nopkg install $weir >/dev/null && daemon >/dev/null`);
      assert.equal(installed.exit, 0, installed.stderr);
      const before = router.files();
      const steps = router.run(`weir=${weir} bridge=${bridge} older=${older}\n/etc/init.d/weir start\n${script}`);
      assert.equal(steps.exit, 0, steps.stderr);
      check(steps, router, before);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function difference(before: readonly string[], router: Router): { come: string[]; gone: string[] } {
  const without = (list: readonly string[], other: readonly string[]): string[] =>
    list.filter((line) => !other.includes(line) && !/ \/var\/run\//.test(line));
  const after = router.files();
  return { come: without(after, before), gone: without(before, after) };
}

function pidOf(steps: Steps, step: string): number {
  const pid = Number(steps.lines.get(step)?.[0]);
  assert.ok(Number.isInteger(pid) && pid > 1, `${step}: no process`);
  return pid;
}

test('installed: a daemon that may load programs takes over from the one that runs', () => {
  onARouterWithWeir(
    `
step before; daemon
step install; opkg install $bridge
part asked; ${ASKED}
part after; daemon; grep -v notice: /var/run/procd/stderr; true
`,
    (steps, router, before) => {
      assert.deepEqual(steps.lines.get('install'), ['Configuring weir-bridge.']);
      assert.deepEqual(steps.lines.get('asked'), TAKEN_OVER);
      assert.notEqual(pidOf(steps, 'before'), pidOf(steps, 'after'));
      assert.deepEqual(steps.lines.get('after')?.slice(1), []);
      assert.deepEqual(difference(before, router), { come: INSTALLED, gone: [] });
    },
  );
});

test('an upgrade replaces the object, and then the daemon, which is never stopped without a successor', () => {
  onARouterWithWeir(
    `
opkg install $older >/dev/null
step before; daemon; tail -n 1 ${BRIDGE_OBJECT} | tail -c ${OLD_TRAILER.length}
step upgrade; opkg install $bridge
part asked; ${ASKED}
part after; daemon; tail -n 1 ${BRIDGE_OBJECT} | grep -c 'of old'; true
`,
    (steps, router, before) => {
      assert.deepEqual(steps.lines.get('before')?.slice(1), ['of old']);
      assert.deepEqual(steps.lines.get('upgrade'), ['Configuring weir-bridge.']);
      assert.deepEqual(steps.lines.get('asked'), TAKEN_OVER);
      assert.notEqual(pidOf(steps, 'before'), pidOf(steps, 'after'));
      assert.deepEqual(steps.lines.get('after')?.slice(1), ['0']);
      assert.deepEqual(difference(before, router), { come: INSTALLED, gone: [] });
    },
  );
});

test('removed: the daemon ends while the object is there, everything is taken away, and weir goes on', () => {
  onARouterWithWeir(
    `
opkg install $bridge >/dev/null
# What the package has had started is there before another stands in its place.
daemon >/dev/null
mv /usr/sbin/weir /usr/sbin/weir.real
printf '#!/bin/sh\\n[ -e ${BRIDGE_OBJECT} ] && echo "with the object: $*" >>/tmp/called\\nexec /usr/sbin/weir.real "$@"\\n' >/usr/sbin/weir
chmod 755 /usr/sbin/weir
step remove; opkg remove weir-bridge
part asked; ${ASKED}
part called; cat /tmp/called
mv /usr/sbin/weir.real /usr/sbin/weir
/etc/init.d/weir restart
part after; daemon
`,
    (steps, router, before) => {
      assert.deepEqual(steps.lines.get('remove'), ['Removing package weir-bridge from root...']);
      assert.deepEqual(steps.lines.get('asked'), ['kill|weir|', 'open_service|weir|/etc/init.d/weir']);
      assert.deepEqual(steps.lines.get('called'), ['with the object: stop']);
      pidOf(steps, 'after');
      assert.deepEqual(difference(before, router), { come: [], gone: [] });
    },
  );
});

test('a weir that does not start at boot is not started', () => {
  onARouterWithWeir(
    `
/etc/init.d/weir disable
/etc/init.d/weir stop
step install; opkg install $bridge; ${ASKED}; true
step remove; opkg remove weir-bridge; ${ASKED}; true
`,
    (steps) => {
      assert.deepEqual(steps.lines.get('install'), ['Configuring weir-bridge.']);
      assert.deepEqual(steps.lines.get('remove'), ['Removing package weir-bridge from root...', 'kill|weir|']);
    },
  );
});

const WITH_PORTS = `
mkdir -p /sys && mount -t sysfs sysfs /sys && mount -t bpf bpffs /sys/fs/bpf
for port in eth1 eth2; do ip link add $port type veth && ip link set $port up; done
printf '#!/bin/sh\\nexec /usr/sbin/weir ubus "$@"\\n' >/bin/ubus && chmod 755 /bin/ubus
cat >/etc/config/weir <<END
config bridge
	option use_xdp_bridge '1'
config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
	option reciprocal '1'
END
/etc/init.d/weir reload
told() { ubus call weir bridge 2>/dev/null; }
is() { told | grep -q "\\"state\\": \\"$1\\""; }
program() { told | grep -m 1 xdpProgramId; }
is_another() { [ "$(program)" != "$old" ] && is forwarding; }
# Until that is so, or for four seconds.
wait_until() { tries=0; until "$@" || [ $tries -gt 200 ]; do tries=$((tries + 1)); sleep 0.02; done; }
pinned() { ls -d /sys/fs/bpf/weir 2>/dev/null || echo nothing; }
`;

/** The kernel takes no programs from a user's own namespace. */
const skip = process.getuid?.() === 0 ? false : 'only root may load programs';

const FORWARDING = [
  'bridge: forwarding',
  '  eth1 to eth2: xdp (nothing shapes on eth2)',
  '  eth2 to eth1: xdp (nothing shapes on eth1)',
];
const NOT_INSTALLED = 'bridge: waiting: it needs the package weir-bridge';

test('a bridge that is configured waits for the package, forwards with it, through an upgrade too, and ends with it', {
  skip,
}, () => {
  onARouterWithWeir(
    `${WITH_PORTS}
step without; wait_until is waiting; weir status; pinned
opkg install $older >/dev/null
step older; wait_until is forwarding; weir status; pinned
old=$(program)
opkg install $bridge >/dev/null
step upgraded; wait_until is_another; is_another && echo another program; weir status; pinned
opkg remove weir-bridge >/dev/null
step removed; wait_until is waiting; weir status; pinned; ip link show eth1 | grep -c PROMISC; true
`,
    (steps) => {
      assert.deepEqual(
        [...steps.lines],
        [
          ['without', [NOT_INSTALLED, 'nothing']],
          ['older', [...FORWARDING, '/sys/fs/bpf/weir']],
          ['upgraded', ['another program', ...FORWARDING, '/sys/fs/bpf/weir']],
          ['removed', [NOT_INSTALLED, 'nothing', '0']],
        ],
      );
    },
  );
});
