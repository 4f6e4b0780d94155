/** A scenario must not pass because its guest died, hung or said something else: what boot() does then. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { LabError } from '../labrun.ts';
import { command } from '../results.ts';

async function errorOf(script: string, timeoutMs?: number): Promise<string> {
  try {
    await boot({ script, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  } catch (error) {
    assert.ok(error instanceof LabError, String(error));
    return error.message;
  }
  return assert.fail('boot() did not throw');
}

test('a failing command ends the script, and the error has its line and text', async () => {
  const message = await errorOf('echo before\nfalse\necho after');
  assert.match(message, /script failed with exit code 1/);
  assert.match(message, /@error "line 2: false"/);
  assert.doesNotMatch(message, /^after$/m);
});

test('a script that may fail gives its exit code', async () => {
  const run = await boot({ script: 'exit 7', mayFail: true });
  assert.equal(run.exitCode, 7);
});

test('a guest that spins is killed and leaves neither a process nor a directory', async () => {
  const message = await errorOf('echo spinning\nwhile :; do :; done', 5000);
  assert.match(message, /took too long and was killed/);
  assert.match(message, /^spinning$/m);
  const own = (name: string) => name.startsWith(`weir-lab-${process.pid}-`);
  assert.deepEqual(readdirSync(tmpdir()).filter(own), []);
});

test('a guest that switches itself off is told from one that came to its end', async () => {
  assert.match(await errorOf('traffic poweroff'), /ended before its script did/);
});

test('results that are missing, doubled or of another form are errors', async () => {
  const run = await boot({ script: 'emit twice 1\nemit twice 2\nemit word \'"text"\'' });
  assert.deepEqual(run.values('twice', z.number()), [1, 2]);
  assert.throws(() => run.value('twice', z.number()), /one @twice was expected, 2 found/);
  assert.throws(() => run.value('never', z.number()), /one @never was expected, 0 found/);
  assert.throws(() => run.values('word', z.number()), /is not as expected/);
});

test('what a command says comes back whole, bytes that are no text too', async () => {
  const say = `printf 'a"\\\\\\n\\377é'; echo no >&2; exit 3\n`;
  const run = await boot({
    files: { say },
    script: 'emit ran "$(traffic run -- sh /run/lab/files/say || true)"',
  });
  const ran = run.value('ran', command);
  assert.deepEqual([ran.exit, ran.stdout, ran.stderr], [3, 'a"\\\n\udcffé', 'no\n']);
});

test('the host is read-only for a guest, but for its own directory', async () => {
  const run = await boot({
    script: `
! touch /usr/weir-was-here /var/weir-was-here
echo own >/run/lab/out/own
mkdir -p /etc/config
echo private >/etc/config/weir`,
  });
  assert.equal(run.out.get('own'), 'own\n');
});
