/**
 * The real systemd is asked for services, and starts and stops them, from within the unit and with the daemon's rights; what it says
 * is checked from outside. With WEIR_RECORD=FILE the conversations are kept: test/fixtures/systemd are such files.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { run, skip, THERE } from './systemd_container.ts';

const MOST_KEPT_BYTES = 60_000;
const SLEEPS = '[Service]\nExecStart=/bin/sleep 1000\n';
const UNITS: Readonly<Record<string, string>> = {
  'irqbalance.service': SLEEPS,
  'slow.service': `${SLEEPS}ExecStop=/bin/sleep 0.4\n`,
  'endless.service': `${SLEEPS}ExecStop=/bin/sleep 1000\n`,
  'failing.service': '[Service]\nType=oneshot\nExecStart=/bin/false\n',
  'skipped.service': `[Unit]\nConditionPathExists=/nowhere\n${SLEEPS}`,
  'kept.service': `[Unit]\nRefuseManualStop=yes\n${SLEEPS}`,
  'first.service': '[Service]\nType=oneshot\nExecStart=/bin/sleep 1000\n',
  'second.service': `[Unit]\nAfter=first.service\n${SLEEPS}`,
  'before.sh': `ln -s /dev/null ${THERE}/masked.service`,
};

interface Line {
  readonly command: string;
  readonly name: string;
  readonly ms: number;
  readonly running?: boolean;
  readonly unsupported?: string;
  readonly done?: true;
  readonly refused?: string;
  readonly words?: string;
}

/** What `say` and `outside` of the script have printed, and what went over the socket. */
function converse(script: string): { lines: string[]; said: Line[]; talk: string } {
  const program = `${THERE}/weir-services --record /run/weir/talk $WORDS`;
  const output = run({
    edit: (unit) =>
      unit
        .replace('[Unit]', '[Unit]\nStartLimitIntervalSec=0')
        .replace(/^ExecStart=.*/m, `EnvironmentFile=-${THERE}/words\nExecStart=${program}`)
        .replace(/^Type=.*/m, `Type=oneshot\nStandardOutput=append:${THERE}/said\nStandardError=append:${THERE}/said`)
        .replace(/^Restart=.*/m, ''),
    dropIns: [],
    files: ['build/weir-services'],
    texts: UNITS,
    look: `
say() { echo "WORDS=$*" >${THERE}/words; systemctl start weir; }
outside() { echo "outside $1 $(systemctl is-active $1) $(systemctl show --value -p MainPID $1 | sed s/[1-9].*/N/)" >>${THERE}/said; }
${script}
cat ${THERE}/said
echo TALK
cat /run/weir/talk
`,
  });
  const at = output.indexOf('TALK');
  const lines = output.slice(0, at);
  const said = lines.filter((line) => !line.startsWith('outside ')).map((line): Line => JSON.parse(line));
  return { lines: lines.filter((line) => line.startsWith('outside ')), said, talk: output.slice(at + 1).join('\n') };
}

function outcome({ ms: _ms, command: _command, name: _name, ...rest }: Line): object {
  return rest;
}

/** Of the conversations that came to the same the first, and none with very much news in between. */
function excerptOf(talk: string): string {
  const seen = new Set<string>();
  const kept = `${talk}\n`.split(/^(?== )/m).filter((section) => {
    const [command = ''] = section.split('\n');
    const end = `${command.split(' ')[1]}${section.slice(section.lastIndexOf('# '))}`;
    const isNew = section.length < MOST_KEPT_BYTES && !seen.has(end);
    seen.add(end);
    return isNew;
  });
  const { stdout } = spawnSync('systemctl', ['--version'], { encoding: 'utf8' });
  return `# What Services and ${stdout.split('\n')[0]} said to each other, by test/service/systemd_services.test.ts.\n${kept.join('')}`;
}

test('services are told apart, stopped and started, and what systemd refuses is told in its words', { skip }, (t) => {
  const { lines, said, talk } = converse(`
systemctl start irqbalance slow kept
say read irqbalance stop irqbalance read irqbalance stop irqbalance
outside irqbalance
say start irqbalance read irqbalance start irqbalance
outside irqbalance
say stop slow start failing start masked stop kept start skipped read nope start nope read failing
outside slow
outside kept
systemctl start --no-block first second
say read second stop second read second
outside second
systemctl stop first
rm ${THERE}/irqbalance.service
systemctl daemon-reload
say read irqbalance stop irqbalance read irqbalance
outside irqbalance
`);
  const failed = 'org.freedesktop.systemd1';
  assert.deepEqual(said.map(outcome), [
    { running: true },
    { done: true },
    { running: false },
    { done: true },
    { done: true },
    { running: true },
    { done: true },
    { done: true },
    { refused: 'ECANCELED', words: 'failing.service is failed' },
    { refused: 'ECANCELED', words: `${failed}.UnitMasked: Unit masked.service is masked.` },
    {
      refused: 'ECANCELED',
      words: `${failed}.OnlyByDependency: Operation refused, unit kept.service may be requested by dependency only (it is configured to refuse manual start/stop).`,
    },
    { refused: 'ECANCELED', words: 'skipped.service is inactive' },
    { unsupported: 'there is no service nope' },
    { refused: 'ENOENT', words: 'there is no service nope' },
    { running: false },
    { running: true },
    { done: true },
    { running: false },
    { running: true },
    { done: true },
    { unsupported: 'there is no service irqbalance' },
  ]);
  assert.deepEqual(lines, [
    'outside irqbalance inactive 0',
    'outside irqbalance active N',
    'outside slow inactive 0',
    'outside kept active N',
    'outside second inactive 0',
    'outside irqbalance inactive 0',
  ]);
  const slow = said.find(({ name }) => name === 'slow')?.ms ?? 0;
  assert.ok(slow >= 400 && slow < 3000, `${slow} ms`);
  t.diagnostic(said.map(({ command, name, ms }) => `${command} ${name} ${ms} ms`).join(', '));
  const { WEIR_RECORD } = process.env;
  if (WEIR_RECORD !== undefined) writeFileSync(WEIR_RECORD, excerptOf(talk));
});

test('a service that does not end is not waited for beyond the time, and goes on ending', { skip }, () => {
  const { lines, said } = converse(`
systemctl start endless
say --wait 500 stop endless read endless
outside endless
`);
  const [stop, read] = said;
  assert.ok(stop !== undefined && read !== undefined);
  assert.deepEqual(outcome(stop), { refused: 'ETIMEDOUT', words: 'systemd takes longer than 0.5 s' });
  assert.ok(stop.ms >= 500 && stop.ms < 5000, `${stop.ms} ms`);
  assert.deepEqual(outcome(read), { running: false });
  assert.deepEqual(lines, ['outside endless deactivating N']);
});
