/** opkg on a router that runs: what is installed, upgraded, taken away, and what of the user's stays. The daemon is the real one. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CPUS, ipkOf, VERSION } from './ipk.ts';
import { HOST_CPU, OLD_FILE, OLD_LINE, OLD_VERSION, olderIpk, onARouter, type Router, type Steps } from './router.ts';

/** What the package brings, and what of it stays in the directory of opkg's database. */
const INSTALLED = [
  '-rw------- 0:0 /etc/config/weir',
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir.conffiles',
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir.control',
  '-rw-r--r-- 0:0 /usr/lib/opkg/info/weir.list',
  '-rw-r--r-- 0:0 /usr/lib/opkg/status.d/weir',
  '-rwxr-xr-x 0:0 /etc/init.d/weir',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir.postinst',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir.prerm',
  '-rwxr-xr-x 0:0 /usr/lib/opkg/info/weir.prerm-pkg',
  '-rwxr-xr-x 0:0 /usr/sbin/weir',
  'lrwxrwxrwx 0:0 /etc/rc.d/S21weir ../init.d/weir',
];
const KEPT_CONFIG = '-rw------- 0:0 /etc/config/weir';
/** What the daemon leaves on the tmpfs that /var is. */
const RUNTIME = / \/var\/run\/(procd|ubus|weir)\b/;

const MY_LINE = '# mine';
const change = `echo '${MY_LINE}' >>/etc/config/weir\n`;

function lines(steps: Steps, step: string): readonly string[] {
  assert.equal(steps.exit, 0, steps.stderr);
  const found = steps.lines.get(step);
  assert.ok(found !== undefined, `no step ${step}: ${steps.stderr}`);
  return found;
}

/** What is there now and was not before, or the other way round. */
function difference(before: readonly string[], after: readonly string[]): { come: string[]; gone: string[] } {
  const without = (list: readonly string[], other: readonly string[]): string[] =>
    list.filter((line) => !other.includes(line) && !RUNTIME.test(line));
  return { come: without(after, before), gone: without(before, after) };
}

function numberOf(line: string | undefined): number {
  const number = Number(line);
  assert.ok(Number.isInteger(number) && number > 1, `no process: ${line}`);
  return number;
}

function config(router: Router, name = 'weir'): { mine: boolean; old: boolean } {
  const text = router.read(`etc/config/${name}`);
  assert.match(text, /^config shaper/m);
  return { mine: text.endsWith(`${MY_LINE}\n`), old: text.startsWith(`${OLD_LINE}\n`) };
}

/** Runs `body` on a router for each shell, with the package and an older one at hand, as paths on the router. */
function withPackages(body: (router: Router, ipk: string, older: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'weir-older-'));
  try {
    const older = olderIpk(directory);
    onARouter((router) => body(router, router.putIpk(ipkOf(HOST_CPU)), router.putIpk(older)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('installed: every file in its place, the defaults applied, the service started, and again at the next boot', () =>
  withPackages((router, ipk) => {
    router.write('etc/config/weir-before', 'not ours\n');
    const before = router.files();
    const steps = router.run(`
step install; opkg install ${ipk}
step scripts
opkg --force-reinstall install ${ipk} >/dev/null; cat $SCRIPT_LOG
step daemon; daemon; grep -v notice: /var/run/procd/stderr
step check; weir check; weir --version
step again; opkg install ${ipk}; cat $SCRIPT_LOG
`);
    assert.deepEqual(lines(steps, 'install'), ['Configuring weir.']);
    assert.deepEqual(lines(steps, 'scripts'), [
      'prerm remove (PKG_UPGRADE=0 PKG_ROOT=/)',
      'postinst configure (PKG_UPGRADE=0 PKG_ROOT=/)',
    ]);
    const [pid, ...errors] = lines(steps, 'daemon');
    numberOf(pid);
    assert.deepEqual(errors, []);
    const [checked, version] = lines(steps, 'check');
    assert.equal(checked, '/etc/config/weir: 1 shaper, no errors');
    assert.ok(version?.startsWith(`weir ${VERSION.replace(/-r\d+$/, '')}`), version);
    assert.deepEqual(lines(steps, 'again'), [`Package weir (${VERSION}) installed in root is up to date.`]);

    assert.deepEqual(difference(before, router.files()), { come: INSTALLED, gone: [] });
    assert.deepEqual(config(router), { mine: false, old: false });
  }));

test('uci-defaults run once, on the configuration that is there, and are gone', () =>
  withPackages((router, ipk) => {
    // A user who has taken the shaper out before the package came again.
    router.write('etc/config/weir', "config globals 'globals'\n\toption enabled '1'\n");
    const steps = router.run(`
step install; opkg install ${ipk}; weir uci show weir
step defaults; [ -e /etc/uci-defaults/weir ] || echo gone
`);
    assert.deepEqual(lines(steps, 'install').slice(2), [
      'weir.globals=globals',
      "weir.globals.enabled='1'",
      'weir.wan=shaper',
      "weir.wan.enabled='0'",
      "weir.wan.interface='wan'",
      "weir.wan.download='0'",
      "weir.wan.upload='0'",
    ]);
    assert.deepEqual(lines(steps, 'defaults'), ['gone']);
  }));

test('what the package needs is missing, or it is for another CPU: opkg refuses it, and nothing has changed', () =>
  withPackages((router, ipk) => {
    rmSync(join(router.path, 'usr/lib/opkg/info/kmod-sched-cake.control'));
    const other = router.putIpk(ipkOf('arm'));
    // The names of ordinary MIPS routers, whose floats are soft: what is built here does not run there.
    router.write('etc/opkg/arch.conf', `arch ${CPUS.get(HOST_CPU)} 1\narch mips_24kc 2\narch mipsel_24kc 3\n`);
    const others = [other, ...['mips', 'mipsel'].map((cpu) => router.putIpk(ipkOf(cpu)))];
    const before = router.files();
    const steps = router.run(`
step missing; opkg install ${ipk} 2>&1 || echo "exit $?"
${others.map((path) => `step ${path}; opkg install ${path} 2>&1 || echo "exit $?"; cat $SCRIPT_LOG`).join('\n')}
`);
    assert.deepEqual(lines(steps, 'missing'), [
      'opkg: Cannot satisfy the following dependencies for weir: kmod-sched-cake',
      'exit 255',
    ]);
    for (const path of others) {
      assert.deepEqual(lines(steps, path), ['opkg: incompatible with the architectures configured', 'exit 255'], path);
    }
    assert.deepEqual(difference(before, router.files()), { come: [], gone: [] });
  }));

test('an upgrade puts the new program and default in the place of the old, and the daemon that runs is the new one', () =>
  withPackages((router, ipk, older) => {
    const before = router.files();
    const steps = router.run(`
opkg install ${older} >/dev/null
step old; daemon; cat ${OLD_FILE}; head -n 1 /etc/config/weir
step upgrade; opkg install ${ipk}; cat $SCRIPT_LOG
part procd; cat $PROCD_LOG
part new; daemon; grep -v notice: /var/run/procd/stderr; true
`);
    const [old, ...of] = lines(steps, 'old');
    assert.deepEqual(of, ['of old', OLD_LINE]);
    assert.deepEqual(lines(steps, 'upgrade'), [
      'Configuring weir.',
      `prerm upgrade ${VERSION} (PKG_UPGRADE=1 PKG_ROOT=/)`,
      'postinst configure (PKG_UPGRADE=1 PKG_ROOT=/)',
    ]);
    // The daemon is told to leave the link shaped, by the old package and by the new, which starts its own.
    const told = ['send_signal|weir|*|USR1', 'kill|weir|'];
    assert.deepEqual(
      lines(steps, 'procd').filter((line) => /^(send_signal|kill|open_service)/.test(line)),
      [...told, 'open_service|weir|/etc/init.d/weir', ...told],
    );
    const [pid, ...errors] = lines(steps, 'new');
    assert.notEqual(numberOf(pid), numberOf(old));
    assert.deepEqual(errors, []);
    assert.deepEqual(difference(before, router.files()), { come: INSTALLED, gone: [] });
    assert.deepEqual(config(router), { mine: false, old: false });
  }));

test('a configuration that the user has changed stays on an upgrade, and the new default stands beside it', () =>
  withPackages((router, ipk, older) => {
    const before = router.files();
    const steps = router.run(`
opkg install ${older} >/dev/null
${change}
step upgrade; opkg install ${ipk}
step daemon; daemon
`);
    assert.match(lines(steps, 'upgrade').join('\n'), /^Existing conffile \/etc\/config\/weir is different/m);
    numberOf(lines(steps, 'daemon')[0]);
    const { come, gone } = difference(before, router.files());
    assert.deepEqual(come, [...INSTALLED, '-rw------- 0:0 /etc/config/weir-opkg'].sort());
    assert.deepEqual(gone, []);
    assert.deepEqual(config(router), { mine: true, old: true });
    assert.deepEqual(config(router, 'weir-opkg'), { mine: false, old: false });
  }));

test('a service that the user has switched off stays off on an upgrade', () =>
  withPackages((router, ipk, older) => {
    const before = router.files();
    const steps = router.run(`
opkg install ${older} >/dev/null
/etc/init.d/weir disable
step upgrade; opkg install ${ipk}
`);
    assert.deepEqual(lines(steps, 'upgrade'), ['Configuring weir.']);
    const enabled = INSTALLED.filter((line) => !line.includes('/etc/rc.d/'));
    assert.deepEqual(difference(before, router.files()), { come: enabled, gone: [] });
  }));

test('a downgrade comes only when it is forced, and leaves what the older package has', () =>
  withPackages((router, ipk, older) => {
    const before = router.files();
    const steps = router.run(`
opkg install ${ipk} >/dev/null
step refused; opkg install ${older}; cat $SCRIPT_LOG
step forced; opkg --force-downgrade install ${older}; cat $SCRIPT_LOG
step daemon; daemon
`);
    assert.deepEqual(lines(steps, 'refused'), [
      `Not downgrading package weir on root from ${VERSION} to ${OLD_VERSION}.`,
    ]);
    assert.deepEqual(lines(steps, 'forced'), [
      'Configuring weir.',
      `prerm upgrade ${OLD_VERSION} (PKG_UPGRADE=1 PKG_ROOT=/)`,
      'postinst configure (PKG_UPGRADE=1 PKG_ROOT=/)',
    ]);
    numberOf(lines(steps, 'daemon')[0]);
    const { come, gone } = difference(before, router.files());
    const old = [
      '-rw-r--r-- 0:0 /usr/share/weir/of-old',
      'drwxr-xr-x 0:0 /usr/share',
      'drwxr-xr-x 0:0 /usr/share/weir',
    ];
    assert.deepEqual(come, [...INSTALLED, ...old].sort());
    assert.deepEqual(gone, []);
    assert.deepEqual(config(router), { mine: false, old: true });
  }));

test('a reinstallation keeps what the user has changed', () =>
  withPackages((router, ipk) => {
    const before = router.files();
    const steps = router.run(`
opkg install ${ipk} >/dev/null
${change}
step reinstall; opkg --force-reinstall install ${ipk}
step daemon; daemon
`);
    assert.match(lines(steps, 'reinstall').join('\n'), /^Not deleting modified conffile \/etc\/config\/weir\.$/m);
    numberOf(lines(steps, 'daemon')[0]);
    const { come } = difference(before, router.files());
    assert.deepEqual(come, [...INSTALLED, '-rw------- 0:0 /etc/config/weir-opkg'].sort());
    assert.deepEqual(config(router), { mine: true, old: false });
  }));

test('removed: the daemon has ended and everything is as it was before; only a changed configuration stays', () =>
  withPackages((router, ipk) => {
    const before = router.files();
    const remove = `
opkg install ${ipk} >/dev/null
daemon >/tmp/pid
CHANGE
step remove; opkg remove weir; cat $SCRIPT_LOG
step left; ls /var/run/weir /etc/rc.d 2>/dev/null; [ -e /proc/$(cat /tmp/pid) ] && cat /proc/$(cat /tmp/pid)/status
echo .
`;
    const untouched = router.run(remove.replace('CHANGE', ''));
    assert.deepEqual(lines(untouched, 'remove'), [
      'Removing package weir from root...',
      'prerm remove (PKG_UPGRADE=0 PKG_ROOT=/)',
    ]);
    assert.deepEqual(lines(untouched, 'left'), ['/etc/rc.d:', '.']);
    assert.deepEqual(difference(before, router.files()), { come: [], gone: [] });

    const changed = router.run(remove.replace('CHANGE', change));
    assert.match(lines(changed, 'remove').join('\n'), /^Not deleting modified conffile \/etc\/config\/weir\.$/m);
    assert.deepEqual(lines(changed, 'left'), ['/etc/rc.d:', '.']);
    assert.deepEqual(difference(before, router.files()), { come: [KEPT_CONFIG], gone: [] });
    assert.deepEqual(config(router), { mine: true, old: false });
  }));
