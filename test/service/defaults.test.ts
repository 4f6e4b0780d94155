/** uci-defaults give a configuration without a shaper one that is switched off, and change nothing that is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readUciRecordings } from '../uci_recordings.ts';
import { inEachShell, Root, SHELLS } from './openwrt.ts';

const NETWORK = "config interface 'lan'\nconfig interface 'wan'\nconfig interface 'lte'\n";
const added = (name: string): string => `
config shaper '${name}'
	option enabled '0'
	option interface '${name}'
	option download '0'
	option upload '0'
`;

function apply(root: Root, shell: readonly string[], environment: Record<string, string> = {}): void {
  const { exit, stdout, stderr } = root.run([...shell, `${root.path}/etc/uci-defaults/weir`], environment);
  assert.deepEqual([exit, stdout, stderr], [0, '', '']);
}

test('a configuration without a shaper gets one for the interface that leads to the internet, or else for wan', () => {
  inEachShell((root, shell) => {
    root.write('etc/config/network', NETWORK);
    for (const [wan, name] of [
      ['', 'wan'],
      ['lte', 'lte'],
    ] as const) {
      root.write('etc/config/weir', "# mine\nconfig globals\n\toption log_level 'debug' # really\n");
      const before = root.read('etc/config/weir');
      apply(root, shell, { NETWORK_WAN: wan });
      assert.equal(root.read('etc/config/weir'), before + added(name));
      apply(root, shell, { NETWORK_WAN: wan });
      assert.equal(root.read('etc/config/weir'), before + added(name), 'once is enough');
    }
    const { exit, stdout, stderr } = root.run([`${root.path}/usr/sbin/weir`, 'check']);
    assert.equal(exit, 0, stderr);
    assert.match(stdout, /1 shaper, no errors/);
  });
});

test('the configuration of the package, or one with any shaper, stays as it is', () => {
  inEachShell((root, shell) => {
    root.write('etc/config/network', NETWORK);
    for (const config of [
      readFileSync('openwrt/weir/files/weir.config', 'utf8'),
      "config shaper\n\toption device 'eth1'",
      "config globals 'globals'\nconfig shaper 'wan'\n\toption enabled '0'\n",
    ]) {
      root.write('etc/config/weir', config);
      apply(root, shell);
      assert.equal(root.read('etc/config/weir'), config);
    }
  });
});

test('without a network, without the interface, or without a configuration, nothing is made', () => {
  inEachShell((root, shell) => {
    apply(root, shell, { NETWORK_WAN: 'wan' });
    assert.ok(!root.list('etc').includes('./config/weir'));
    root.write('etc/config/weir', '');
    apply(root, shell);
    assert.equal(root.read('etc/config/weir'), '');
    root.write('etc/config/network', "config interface 'lan'\n");
    apply(root, shell);
    assert.equal(root.read('etc/config/weir'), '');
  });
});

test('whatever file the real uci takes keeps every byte and its meaning, and one that it refuses is not touched', () => {
  const [shell = []] = SHELLS;
  const root = new Root();
  const show = (): string => root.run([`${root.path}/bin/uci`, '-X', 'show', 'weir']).stdout;
  root.write('etc/config/network', NETWORK);
  let appended = 0;
  try {
    const inputs = readUciRecordings().flatMap(({ before }) => [...before.values()].map((bytes) => Buffer.from(bytes)));
    const endings = ['config a\n\toption x y\\', "config a\n\toption x 'y'", 'config a # and', 'config a \\\n'];
    for (const input of [
      ...inputs.filter(({ length }) => length < 10_000),
      ...endings.map((text) => Buffer.from(text)),
    ]) {
      root.write('etc/config/weir', input);
      const before = show();
      apply(root, shell);
      const after = root.readBytes('etc/config/weir');
      assert.ok(after.subarray(0, input.length).equals(input), input.toString());
      if (after.equals(input)) continue;
      appended++;
      const rest = after.subarray(input.length).toString();
      assert.ok(rest === added('wan') || rest === `\n${added('wan')}`, rest);
      const section =
        "weir.wan=shaper\nweir.wan.enabled='0'\nweir.wan.interface='wan'\nweir.wan.download='0'\nweir.wan.upload='0'\n";
      assert.equal(show(), before + section, input.toString());
    }
  } finally {
    root.remove();
  }
  assert.ok(appended >= 50, `only ${appended} files were taken`);
});
