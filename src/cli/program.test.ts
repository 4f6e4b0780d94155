import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG, CONFIG_PATH, router, run } from '../../test/kernel/router.ts';
import { FakeHost } from '../host/fake.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import { allShaperRows } from '../model/config.ts';
import { globalsRows } from '../schema/globals.ts';
import { CAP } from '../uapi/security.ts';
import { EXIT } from './exit.ts';

const COMMANDS = ['check', 'plan', 'start', 'reload', 'stop', 'daemon', 'status', 'show', 'top', 'metrics', 'uci'];

test('without a command there is help on standard error, and an exit code that says so', () => {
  const { exit, stdout, stderr } = run(router());
  assert.equal(exit, EXIT.usage);
  assert.equal(stdout, '');
  assert.match(stderr, /^Usage: weir /);
});

test('help that was asked for is no error', () => {
  for (const args of [['help'], ['--help'], ['-h']]) {
    const { exit, stdout, stderr } = run(router(), ...args);
    assert.deepEqual([exit, stderr], [EXIT.ok, ''], args.join());
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} +[a-z]`, 'm'));
    assert.match(stdout, /^Exit codes:$/m);
  }
});

test('every command has help of its own, however it is asked for', () => {
  for (const command of COMMANDS) {
    const { exit, stdout, stderr } = run(router(), 'help', command);
    assert.deepEqual([exit, stderr], [EXIT.ok, ''], command);
    assert.match(stdout, new RegExp(`^[Uu]sage: (weir )?${command}|weir ${command}`, 'm'));
    assert.ok(stdout.endsWith('\n'), command);
    assert.equal(run(router(), command, '--help').stdout, stdout);
  }
  assert.equal(run(router(), '--help', 'plan').stdout, run(router(), 'help', 'plan').stdout);
});

test('every exit code of the program is in its help', () => {
  const { stdout } = run(router(), 'help');
  for (const code of Object.values(EXIT)) assert.match(stdout, new RegExp(`^ +${code}  [a-z]`, 'm'));
});

test('help knows every option of the configuration, and what holds without it', () => {
  const { exit, stdout, stderr } = run(router(), 'help', 'config');
  assert.deepEqual([exit, stderr], [EXIT.ok, '']);
  for (const name of [...Object.keys(globalsRows), ...Object.keys(allShaperRows)]) {
    const plain = name.replace(/^(down|up)load_/, '');
    assert.match(stdout, new RegExp(`^  ${plain} `, 'm'), name);
  }
  assert.match(stdout, /^ {2}on_exit .*\n.*Takes one of remove, keep\. Not set: remove\.$/m);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 125, line);
});

test('help on what is no command is wrong usage', () => {
  const { exit, stderr } = run(router(), 'help', 'shape');
  assert.equal(exit, EXIT.usage);
  assert.match(stderr, /unknown command 'shape'/);
});

test('what is no command, no option, or too much is wrong usage, and names it', () => {
  for (const [args, pattern] of [
    [['shape'], /unknown command 'shape'/],
    [['plan', '--fast'], /unknown option '--fast'/],
    [['plan', '--all'], /unknown option '--all'/],
    [['--once', 'top'], /unknown option '--once'/],
    [['top', 'eth1'], /'weir top' takes no 'eth1'/],
    [['-x', 'plan'], /unknown option '-x'/],
    [['plan', 'eth1'], /'weir plan' takes no 'eth1'/],
    [['show', 'eth1', 'eth2'], /one device at most/],
    [['plan', '-c'], /-c needs a file/],
    [['-c'], /-c needs a file/],
    [[''], /unknown command ''/],
  ] as const) {
    const { exit, stdout, stderr } = run(router(), ...args);
    assert.equal(exit, EXIT.usage, args.join(' '));
    assert.match(stderr, pattern);
    assert.equal(stdout, '');
  }
});

test('wrong usage touches nothing', () => {
  const machine = router();
  run(machine, 'start', 'now');
  run(machine, 'stop', '--please');
  assert.equal(machine.kernel.modifications, 0);
  assert.equal(machine.openDescriptors, 0);
});

test('before it reads anything, a command gives up all rights but those that it needs', () => {
  const { NET_ADMIN, DAC_READ_SEARCH } = CAP;
  const kept: Readonly<Record<string, readonly CAP[]>> = {
    check: [],
    'check -c /tmp/other': [DAC_READ_SEARCH],
    plan: [NET_ADMIN],
    start: [NET_ADMIN],
    'start -c /tmp/other': [DAC_READ_SEARCH, NET_ADMIN],
    status: [NET_ADMIN],
    stop: [NET_ADMIN],
    'uci show': [DAC_READ_SEARCH],
  };
  for (const [command, capabilities] of Object.entries(kept)) {
    const machine = router();
    let reads = 0;
    const readFile = machine.readFile.bind(machine);
    machine.readFile = (path, limit) => {
      reads++;
      for (const capability of [NET_ADMIN, DAC_READ_SEARCH, CAP.SETPCAP, CAP.BPF, CAP.PERFMON])
        assert.equal(machine.has(capability), capabilities.includes(capability), `${command}: ${CAP[capability]}`);
      return readFile(path, limit);
    };
    run(machine, ...command.split(' '));
    assert.ok(reads > 0, command);
    assert.equal(machine.callFilters.length, 1);
  }
});

test('where the bridge is installed, the commands that deal with it keep what it needs', () => {
  const bridge: Readonly<Record<string, boolean>> = {
    check: false,
    plan: true,
    start: true,
    status: true,
    stop: true,
    show: false,
  };
  for (const [command, keeps] of Object.entries(bridge)) {
    const machine = router();
    machine.addFile('/lib/bpf/weir.bpf.o', '');
    run(machine, command);
    for (const capability of [CAP.BPF, CAP.PERFMON]) assert.equal(machine.has(capability), keeps, command);
  }
});

test('what cannot be given up is said, and the command does its work', () => {
  const machine = router();
  machine.privilegeFailures.set('capset', machine.errno.EPERM ?? 0);
  const { exit, stderr } = run(machine, 'check');
  assert.equal(exit, EXIT.ok);
  assert.match(stderr, /^warning: cannot give up capabilities: /);
});

test('the version is told', () => {
  const { exit, stdout } = run(router(), '--version');
  assert.equal(exit, EXIT.ok);
  assert.match(stdout, /^weir \S+\n$/);
});

test('-c names another configuration, before the command or after it', () => {
  const machine = router('');
  machine.addFile('/tmp/other', CONFIG);
  for (const args of [
    ['-c', '/tmp/other', 'check'],
    ['check', '-c', '/tmp/other'],
  ]) {
    assert.equal(run(machine, ...args).stdout, '/tmp/other: 1 shaper, no errors\n');
  }
  assert.match(run(machine, 'check', '-c', '/tmp/none').stderr, /^error: \/tmp\/none: there is no such file/);
});

test('check says how many shapers there are, or every issue with its line', () => {
  assert.equal(run(router(), 'check').stdout, `${CONFIG_PATH}: 1 shaper, no errors\n`);
  assert.equal(run(router(''), 'check').stdout, `${CONFIG_PATH}: 0 shapers, no errors\n`);
  const { exit, stdout, stderr } = run(router(`${CONFIG}\toption rtt '5'\n\toption speed '1'\n`), 'check');
  assert.deepEqual([exit, stdout], [EXIT.invalidConfig, '']);
  assert.match(stderr, /^error: \/etc\/config\/weir:5: shaper 'wan', option 'rtt': wrong value \(expected a time/m);
  assert.match(stderr, /^error: \/etc\/config\/weir:6: shaper 'wan', option 'speed': unknown option/m);
});

test('check needs no kernel, and warnings alone are no failure', () => {
  const host = new FakeHost();
  host.socket = () => assert.fail('check opened a socket');
  host.addFile(CONFIG_PATH, encodeUtf8("config shaper 'wan'\n option device 'eth1'\n"));
  host.args = ['weir', 'check'];
  const machine = router("config shaper 'wan'\n option device 'eth1'\n");
  machine.socket = host.socket;
  const { exit, stderr } = run(machine, 'check');
  assert.equal(exit, EXIT.ok);
  assert.match(stderr, /^warning: /);
});

test('a file that is no UCI at all is an invalid configuration for every command', () => {
  for (const command of ['check', 'plan', 'start', 'reload', 'status', 'daemon']) {
    const machine = router("config shaper 'wan\n");
    assert.equal(run(machine, command).exit, EXIT.invalidConfig, command);
    assert.equal(machine.kernel.modifications, 0);
  }
});

test('plan tells what start would do, and its exit code whether it would do anything', () => {
  const machine = router();
  const { exit, stdout } = run(machine, 'plan');
  assert.equal(exit, EXIT.changes);
  assert.match(stdout, /^tc qdisc add dev eth1 root handle 7e00: cake bandwidth 5mbit /m);
  assert.equal(machine.kernel.modifications, 0);
  run(machine, 'start');
  assert.deepEqual(run(machine, 'plan'), { exit: EXIT.ok, stdout: '# nothing to change\n', stderr: '' });
});

test('plan, status and show tell the same as JSON', () => {
  const machine = router();
  const plan: unknown = JSON.parse(run(machine, 'plan', '--json').stdout);
  assert.ok(Array.isArray(plan) && plan.length === 6);
  run(machine, 'start');
  assert.deepEqual(JSON.parse(run(machine, 'plan', '--json').stdout), []);
  const status: { shapers: { name: string; state: string }[] } = JSON.parse(run(machine, '--json', 'status').stdout);
  assert.deepEqual(
    status.shapers.map(({ name, state }) => [name, state]),
    [['wan', 'shaping']],
  );
  const show: { device: string; kind: string }[] = JSON.parse(run(machine, 'show', '--json').stdout);
  assert.deepEqual(show.map(({ device, kind }) => `${device} ${kind}`).sort(), [
    'eth1 cake',
    'eth1 clsact',
    'ifb-eth1 cake',
  ]);
});

test('show without a shaped device says so, and shows any device that is asked for', () => {
  const machine = router();
  assert.equal(run(machine, 'show').stdout, 'weir shapes no device\n');
  assert.match(run(machine, 'show', 'lo').stdout, /^lo: noqueue none root\n/);
  assert.match(run(machine, 'show', '--all').stdout, /^eth1: noqueue/m);
  const { exit, stderr } = run(machine, 'show', 'eth9');
  assert.equal(exit, EXIT.failed);
  assert.match(stderr, /device eth9 does not exist/);
});

test('status says where a link stands', () => {
  const machine = router();
  assert.match(
    run(machine, 'status').stdout,
    /^wan: stopped on eth1\n {2}download 20mbit not in force, cake on ifb-eth1: /,
  );
  run(machine, 'start');
  assert.equal(
    run(machine, 'status').stdout,
    'wan: shaping on eth1\n  download 20mbit, cake on ifb-eth1\n  upload   5mbit, cake on eth1\n' +
      '  lro is off: merged packets cannot be split again as they were\n',
  );
  assert.equal(run(router(''), 'status').stdout, 'no shaper is configured\n');
});

test('a start that leaves something out is in force in part', () => {
  assert.equal(run(router(CONFIG.replace('eth1', 'eth9')), 'start').exit, EXIT.partial);
  assert.equal(run(router(`${CONFIG}config shaper 'bad'\n`), 'start').exit, EXIT.partial);
});

test('-v shows every operation as a line of tc, ip or ethtool with the answer', () => {
  const machine = router();
  const { stderr } = run(machine, 'start', '-v');
  assert.match(stderr, /^ip link add name ifb-eth1 .*: ok$/m);
  assert.match(stderr, /^tc filter add dev eth1 ingress .*: ok$/m);
  assert.match(stderr, /^ethtool -K eth1 rx-lro off: ok$/m);
  machine.kernel.refuse = () => 'EBUSY';
  assert.match(run(machine, 'stop', '-v').stderr, /^tc filter del .*: .*EBUSY.*refused by the test$/m);
});

test('stop without anything to stop is done at once', () => {
  assert.deepEqual(run(router(), 'stop'), { exit: EXIT.ok, stdout: '', stderr: '' });
});

test('stop needs no configuration', () => {
  const machine = router();
  run(machine, 'start');
  machine.unlink(CONFIG_PATH);
  assert.equal(run(machine, 'stop').exit, EXIT.ok);
  assert.equal(machine.kernel.named('eth1').root, undefined);
});

test('a state directory that cannot be written is a failure that names it, and touches nothing', () => {
  const machine = router();
  machine.failures.set('mkdir /var/run/weir', machine.errno.EROFS ?? 0);
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, EXIT.failed);
  assert.match(stderr, /\/var\/run\/weir/);
  assert.equal(machine.kernel.modifications, 0);
});

test('without rights the exit code says so', () => {
  const machine = router();
  machine.user = 1000;
  machine.failures.set('mkdir /var/run/weir', machine.errno.EACCES ?? 0);
  const { exit, stderr } = run(machine, 'start');
  assert.equal(exit, EXIT.noPermission);
  assert.match(stderr, /weir must run as root/);
});

test('a pipe that is closed ends the output and not the program', () => {
  const machine = router();
  machine.write = () => -(machine.errno.EPIPE ?? 0);
  assert.equal(run(machine, 'help').exit, EXIT.ok);
});

test('output that is taken in pieces arrives whole', () => {
  const machine = router();
  const whole = run(machine, 'help').stdout;
  const write = machine.write.bind(machine);
  let calls = 0;
  machine.write = (fd, bytes, offset, length) => {
    calls += 1;
    return calls % 3 === 0 ? -(machine.errno.EINTR ?? 0) : write(fd, bytes, offset, Math.min(length, 7));
  };
  assert.equal(run(machine, 'help').stdout, whole);
});

test('top and metrics read the kernel once, and then again for the rates', () => {
  const machine = router();
  run(machine, 'start');
  const { exit, stdout } = run(machine, 'top', '--once');
  assert.equal(exit, EXIT.ok);
  assert.match(stdout, /^wan on eth1: shaping$/m);
  const metrics = run(machine, 'metrics');
  assert.match(metrics.stdout, /^weir_state\{shaper="wan",device="eth1",state="shaping"\} 1$/m);
  assert.ok(metrics.stdout.endsWith('# EOF\n'));
});
