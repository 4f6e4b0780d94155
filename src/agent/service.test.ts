import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG, CONFIG_PATH, router, wanFeatures } from '../../test/kernel/router.ts';
import { type Running, runService } from '../../test/kernel/service.ts';
import { snapshot } from '../../test/kernel/snapshot.ts';

const fixture = (config = CONFIG): { machine: ReturnType<typeof router> } & Running => {
  const machine = router(config);
  return { machine, ...runService(machine) };
};

const rateOf = (machine: ReturnType<typeof router>): string =>
  snapshot(machine.kernel).find((line) => line.startsWith('eth1') && line.includes(' root ')) ?? '';

test('what is set is in force at once and in place, is told, and ends when it should', () => {
  const { machine, call, pass } = fixture();
  const before = machine.kernel.modifications;
  const shaped = snapshot(machine.kernel);
  assert.deepEqual(call('set', { shaper: 'wan', upload: '3mbit', for: 60 }), { ok: true, issues: [] });
  assert.equal(machine.kernel.modifications, before + 1);
  assert.notDeepEqual(snapshot(machine.kernel), shaped);
  pass(20_000);
  const [shaper] = (call('status')?.shapers ?? []) as { upload: { rateBitPerS: number }; set: object[] }[];
  assert.equal(shaper?.upload.rateBitPerS, 3e6);
  assert.deepEqual(shaper?.set, [{ option: 'upload', value: '3mbit', forS: 40 }]);
  pass(39_000);
  assert.notDeepEqual(snapshot(machine.kernel), shaped);
  pass(2_000);
  assert.deepEqual(snapshot(machine.kernel), shaped);
});

test('each option ends at its own time, and reset ends all', () => {
  const { machine, call, pass, settings } = fixture();
  const shaped = snapshot(machine.kernel);
  call('set', { shaper: 'wan', upload: '3mbit' });
  call('disable', { shaper: 'wan', for: 10 });
  assert.equal(rateOf(machine), '');
  pass(11_000);
  assert.deepEqual([...(settings.set.get('wan')?.keys() ?? [])], ['upload']);
  assert.ok(rateOf(machine).includes('2=d8b8050000000000'), 'TCA_CAKE_BASE_RATE64 of 375,000 bytes/s');
  call('reset', { shaper: 'wan' });
  assert.deepEqual(snapshot(machine.kernel), shaped);
});

test('a reload keeps what was set, and takes the rest from the file', () => {
  const { machine, call, settings } = fixture();
  call('set', { shaper: 'wan', upload: 3000 });
  machine.addFile(CONFIG_PATH, CONFIG.replace('20mbit', '30mbit').replace('5mbit', '6mbit'));
  assert.deepEqual(call('reload'), { ok: true, issues: [] });
  const [shaper] = settings.config.shapers;
  assert.deepEqual([shaper?.download.rateBitPerS, shaper?.upload.rateBitPerS], [30e6, 3e6]);
});

test('the plan is of the file as it is now, with what was set, and of what is in force where it cannot be used', () => {
  const { machine, call } = fixture();
  const planned = (): string => JSON.stringify(call('plan')?.changes);
  call('set', { shaper: 'wan', upload: '3mbit' });
  machine.addFile(CONFIG_PATH, CONFIG.replace('20mbit', '30mbit').replace('5mbit', '6mbit'));
  const download = '{"what":"rateBitPerS","found":"20000000","wanted":"30000000"}';
  assert.ok(
    planned().startsWith(`[{"action":"change","path":"ifb-eth1 > cake","differences":[${download}]`),
    planned(),
  );
  assert.equal(planned().split('"path"').length, 2);
  machine.addFile(CONFIG_PATH, "config shaper 'wan\n");
  assert.equal(planned(), '[]');
});

test('what is known of an interface counts until netifd says something else', () => {
  const { settings, service, machine } = fixture(CONFIG.replace("device 'eth1'", "interface 'wan'"));
  const silence = { device: undefined, reason: 'netifd has no such interface', isUnknown: true } as const;
  assert.ok(settings.setInterface('wan', silence));
  assert.ok(settings.setInterface('wan', { device: 'eth1' }));
  service.putInForce('interface');
  assert.ok(rateOf(machine) !== '');
  assert.ok(!settings.setInterface('wan', { device: 'eth1' }));
  assert.ok(!settings.setInterface('wan', silence));
  assert.equal(settings.config.shapers[0]?.device, 'eth1');
  assert.ok(settings.setInterface('wan', { device: undefined, reason: 'it is down' }));
  service.putInForce('interface');
  assert.equal(rateOf(machine), '');
  assert.ok(settings.setInterface('wan', silence));
});

test('a file that cannot be used leaves all as it is, and the answer says so', () => {
  const { machine, call } = fixture();
  const shaped = snapshot(machine.kernel);
  machine.addFile(CONFIG_PATH, "config shaper 'wan\n");
  const answer = call('reload');
  assert.equal(answer?.ok, false);
  assert.match(String(answer?.issues), /last good configuration/);
  assert.deepEqual(snapshot(machine.kernel), shaped);
});

test('wrong arguments are refused with their name, what was expected and what came, and change nothing', () => {
  const { machine, call } = fixture();
  const before = machine.kernel.modifications;
  for (const [method, args, text] of [
    ['set', { shaper: 'wan', upload: 'fast' }, /^'upload': expected a rate from .*, got 'fast'$/],
    ['set', { shaper: 'wan', upload: ['1mbit'] }, /^'upload': expected a rate .* got a list$/],
    ['set', { shaper: 'wan', device: 'eth2' }, /^'device': expected an argument that there is$/],
    ['set', { shaper: 'wan' }, /^expected at least one option/],
    ['set', { shaper: 'lan', upload: '1mbit' }, /^'shaper': expected wan, got 'lan'$/],
    ['set', { upload: '1mbit' }, /^'shaper': expected text, got nothing$/],
    ['set', { shaper: 'wan', upload: '1mbit', for: 0 }, /^'for': expected a whole number from 1 to \d+, got 0$/],
    ['set', { shaper: 'wan', upload: '1mbit', for: '60' }, /^'for': .*, got '60'$/],
    ['stats', { shaper: 7 }, /^'shaper': expected text, got 7$/],
    ['history', { shaper: 'wan', resolution: 7 }, /^'resolution': expected 1 or 10 or 60, got 7$/],
    ['check', { config: 'x'.repeat(70_000) }, /^'config': expected text of at most 65536 characters, got 'x{59}…$/],
    ['config', { all: true }, /^'all': expected no arguments$/],
  ] as const) {
    assert.throws(
      () => call(method, args),
      (error: Error) => error.name === 'ArgumentError' && text.test(error.message),
    );
  }
  assert.equal(machine.kernel.modifications, before);
  // What uhttpd adds is no mistake of the caller.
  assert.deepEqual(call('plan', { ubus_rpc_session: '0' }), { changes: [] });
});

test('options that do not go together are refused as a whole', () => {
  const { call, settings } = fixture();
  const answer = call('set', { shaper: 'wan', upload_autorate_ingress: true, upload: '4mbit' });
  assert.equal(answer?.ok, false);
  assert.match(String(answer?.issues), /upload_autorate_ingress/);
  assert.equal(settings.set.size, 0);
});

const TREE = `${CONFIG}
config qdisc 'top'
	option device 'lan9'
	option kind 'htb'
config class 'all'
	option parent 'top'
	option rate '10mbit'
config class 'voice'
	option parent 'all'
	option rate '40%'
`;

test('an option of a section of a tree is set for a while, and what goes wrong elsewhere for it is told', () => {
  const { call, settings, pass } = fixture(TREE);
  const ratesOf = (): unknown =>
    settings.config.trees?.sections.map((one) => [one.name, one.type === 'class' ? one.bearer.options.values : null]);
  assert.deepEqual(call('set_section', { section: 'all', option: 'rate', value: '5mbit', for: 10 }), {
    ok: true,
    issues: ["warning: /etc/config/weir:6: qdisc 'top': device lan9 does not exist; waiting for it"],
  });
  assert.deepEqual(ratesOf(), [
    ['top', null],
    ['all', { rateBitPerS: 5e6 }],
    ['voice', {}],
  ]);
  pass(11_000);
  assert.deepEqual(ratesOf(), [
    ['top', null],
    ['all', { rateBitPerS: 10e6 }],
    ['voice', {}],
  ]);
  call('set_section', { section: 'voice', option: 'rate', value: '9mbit' });
  const answer = call('set_section', { section: 'all', option: 'rate', value: '5mbit' });
  assert.equal(answer?.ok, false);
  assert.match(String(answer?.issues), /class 'voice': its rate 9mbit is above what 'all' may reach/);
  call('reset', { section: 'voice' });
  assert.equal(settings.set.size, 0);
  for (const [args, text] of [
    [
      { section: 'nobody', option: 'rate', value: '1mbit' },
      /'section': expected the name of a section of a tree, got 'nobody'$/,
    ],
    [{ section: 'all', option: 'parent', value: 'top' }, /'parent': only the configuration file can say it$/],
  ] as const) {
    assert.throws(() => call('set_section', args), text);
  }
});

test('a shaper that loses its device and gets it back is told twice, with how long it has been so', () => {
  const { machine, call, pass, notifications } = fixture();
  pass(100);
  notifications.length = 0;
  machine.kernel.unplug('eth1');
  pass(5000);
  machine.kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() });
  pass(7000);
  const states = notifications.flatMap(({ what, data }) => (what === 'state' && 'state' in data ? [data.state] : []));
  assert.deepEqual(states, ['waiting', 'shaping']);
  assert.ok(
    notifications.some(
      ({ what, data }) => what === 'issue' && 'text' in data && /does not exist/.test(String(data.text)),
    ),
  );
  const [shaper] = (call('status')?.shapers ?? []) as { stateForS: number }[];
  assert.equal(shaper?.stateForS, 7);
});

test('counters are read while somebody asks, and a little longer, and then never again', () => {
  const { machine, call, pass, service } = fixture();
  pass(60_000);
  assert.equal(service.sampling.count, 0);
  assert.equal(call('stats'), undefined, 'a rate takes two readings');
  pass(300);
  assert.equal(service.sampling.count, 2);
  assert.match(JSON.stringify(call('stats', { shaper: 'wan' })), /"name":"wan","device":"eth1"/);
  assert.match(JSON.stringify(call('stats', { brief: true })), /^{"shapers":\[{"name":"wan","download":/);
  pass(60_000);
  const counted = service.sampling.count;
  assert.ok(counted >= 10 && counted < 20, `${counted} readings`);
  pass(600_000);
  assert.equal(service.sampling.count, counted);
  assert.ok(machine.openDescriptors > 0);
});

test('with option history the counters are read each second, whether somebody asks or not', () => {
  const { service, pass } = fixture(`config globals\n\toption history '1'\n${CONFIG}`);
  pass(30_500);
  assert.equal(service.sampling.count, 30);
});

test('check tells of the file, or of a text', () => {
  const { call } = fixture();
  assert.deepEqual(call('check'), { ok: true, issues: [] });
  const answer = call('check', { config: "config shaper 'x'\n\toption device 'eth1'\n\toption upload 'much'\n" });
  assert.equal(answer?.ok, false);
  assert.match(JSON.stringify(answer), /config:3: shaper 'x', option 'upload'.*got.*much/);
});

test('config, info and metrics tell of this router', () => {
  const { call } = fixture();
  assert.match(JSON.stringify(call('config')), /"isolation":"dual-srchost"/);
  assert.match(JSON.stringify(call('info')), /"reconciliations":1,"changes":6/);
  const text = String(call('metrics')?.text);
  assert.match(text, /^# .*[\s\S]*shaper="wan"[\s\S]*# EOF\n$/);
});

test('a plan can be had of a text that is in no file yet', () => {
  const { call } = fixture();
  assert.deepEqual(call('plan', { config: CONFIG })?.changes, []);
  const changes = JSON.stringify(call('plan', { config: CONFIG.replace('5mbit', '6mbit') })?.changes);
  assert.ok(changes.includes('"found":"5000000","wanted":"6000000"'), changes);
  assert.deepEqual(call('plan', { config: "config shaper 'wan\n" })?.changes, []);
  assert.deepEqual(call('plan')?.changes, []);
});

test('the log tells what was done, and how long ago', () => {
  const { call, pass } = fixture();
  pass(5000);
  call('set', { shaper: 'wan', upload: '3mbit' });
  const messages = (most?: number): { agoS: number; text: string }[] =>
    call('log', most === undefined ? {} : { most })?.messages as { agoS: number; text: string }[];
  assert.match(messages()[0]?.text ?? '', /^start: add ifb-eth1, /);
  assert.deepEqual(messages(1), [{ agoS: 0, level: 'notice', text: 'set: change eth1 > cake' }]);
  assert.ok((messages()[0]?.agoS ?? 0) >= 5);
  assert.throws(() => call('log', { most: 0 }), /'most': expected a whole number from 1 to 100, got 0/);
});

test('status says why the kernel refused, with the package that is missing, until it is put right', () => {
  const { machine, call } = fixture();
  const issues = (): string => JSON.stringify(call('status')?.issues);
  assert.equal(issues(), '[]');
  call('disable', { shaper: 'wan' });
  machine.kernel.qdiscKinds.delete('cake');
  call('reset');
  assert.match(issues(), /"ifb-eth1 > cake".*'opkg install kmod-sched-cake'; the link is as it was before/);
  machine.kernel.qdiscKinds.add('cake');
  call('reload');
  assert.equal(issues(), '[]');
});
