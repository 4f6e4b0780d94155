/** The init script asks procd for exactly what is documented, whatever the configuration and whoever calls. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inEachShell, type Ran, type Root } from './openwrt.ts';

/** The requests of a start that runs the daemon and follows these interfaces. */
function starting(root: Root, ...interfaces: string[]): string[][] {
  const script = `${root.path}/etc/init.d/weir`;
  return [
    ['open_service', 'weir', script],
    ['open_instance'],
    ['set_param', 'command', `${root.path}/usr/sbin/weir`, 'daemon'],
    ['set_param', 'respawn'],
    ['set_param', 'stderr', '1'],
    ['close_instance'],
    ['add_reload_trigger', 'weir'],
    ...interfaces.map((name) => ['add_interface_trigger', 'interface.*', name, script, 'start']),
    ['close_service', 'set'],
  ];
}

function assertAsks(ran: Ran, requests: string[][]): void {
  assert.deepEqual({ ...ran, exit: 0 }, { exit: 0, stdout: '', stderr: '', requests });
}

const TWO = `
config globals
	option log_level 'info'

config shaper 'line'
	option interface 'wan'
	option download '85mbit'

config shaper
	option interface 'lte'
	option enabled '1'

config shaper 'spare'
	option interface 'dsl'
	option enabled 'off'

config shaper 'cable'
	option device 'eth1'

config other 'thing'
	option interface 'guest'

config bridge
	option use_xdp_bridge '1'

config interface_mapping
	option name 'eth2'
	option redirect_to 'eth3'
	option reciprocal '1'
`;

test('start asks for the daemon, the trigger of its file, and those of the interfaces that are shaped', () => {
  inEachShell((root, shell) => {
    root.write('etc/config/weir', TWO);
    assertAsks(root.init(shell, 'start'), starting(root, 'wan', 'lte'));
    assertAsks(root.init(shell, 'boot'), starting(root, 'wan', 'lte'));
  });
});

test('with no shaper, none that is enabled, no file, or one that is no UCI, the daemon has the say, and the file is followed', () => {
  inEachShell((root, shell) => {
    for (const config of [
      undefined,
      '',
      "config shaper 'wan'\n\toption interface 'wan'\n\toption enabled '0'\n",
      "config shaper 'wan'\n\toption device 'eth1'\n",
      "config globals\n\toption enabled '0'\n",
      "config shaper 'wan\n\toption interface 'wan'\n",
    ]) {
      if (config !== undefined) root.write('etc/config/weir', config);
      assertAsks(root.init(shell, 'start'), starting(root));
    }
  });
});

test('stop ends it, and before an upgrade announces the successor first', () => {
  inEachShell((root, shell) => {
    assertAsks(root.init(shell, 'stop'), [['kill', 'weir', '']]);
    assertAsks(root.init(shell, 'stop', { PKG_UPGRADE: '0' }), [['kill', 'weir', '']]);
    assertAsks(root.init(shell, 'stop', { PKG_UPGRADE: '1' }), [
      ['send_signal', 'weir', '*', 'USR1'],
      ['kill', 'weir', ''],
    ]);
  });
});

test('a start after an upgrade replaces a daemon that nobody has stopped, its successor announced', () => {
  inEachShell((root, shell) => {
    root.write('etc/config/weir', TWO);
    const [open = [], ...rest] = starting(root, 'wan', 'lte');
    assertAsks(root.init(shell, 'start', { PKG_UPGRADE: '1' }), [
      open,
      ['send_signal', 'weir', '*', 'USR1'],
      ['kill', 'weir', ''],
      ...rest,
    ]);
    assertAsks(root.init(shell, 'start', { PKG_UPGRADE: '0' }), [open, ...rest]);
  });
});

test('reload sends SIGHUP to a daemon that runs, and starts one that does not', () => {
  inEachShell((root, shell) => {
    root.write('etc/config/weir', TWO);
    assertAsks(root.init(shell, 'reload', { PROCD_RUNNING: '1' }), [
      ['running', 'weir'],
      ['send_signal', 'weir', '*', 'HUP'],
      ...starting(root, 'wan', 'lte'),
    ]);
    assertAsks(root.init(shell, 'reload'), [['running', 'weir'], ...starting(root, 'wan', 'lte')]);
  });
});

test('check says what is wrong with the configuration, and nothing is asked for', () => {
  inEachShell((root, shell) => {
    root.write('etc/config/weir', "config shaper 'wan'\n\toption interface 'wan'\n\toption upload 'fast'\n");
    const { exit, stderr, requests } = root.init(shell, 'check');
    assert.deepEqual([exit, requests], [1, []]);
    assert.match(stderr, /^error: .*\/etc\/config\/weir:3: shaper 'wan', option 'upload': /);
  });
});

test('it is enabled in an image that is being built, for a start after the network', () => {
  inEachShell((root, shell) => {
    // rc.common's own work, which needs programs.
    const environment = { IPKG_INSTROOT: root.path, PATH: process.env.PATH ?? '' };
    root.init(shell, 'enable', environment);
    assert.deepEqual(root.list('etc/rc.d'), ['./S21weir']);
    root.init(shell, 'disable', environment);
    assert.deepEqual(root.list('etc/rc.d'), []);
  });
});
