import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG_PATH, router, run } from '../../test/kernel/router.ts';

test('a configuration that cannot be read is said by every command that needs it, and no stack trace', () => {
  for (const command of ['check', 'plan', 'start', 'reload', 'status', 'daemon']) {
    for (const [name, exit] of [
      ['EISDIR', 3],
      ['EACCES', 77],
    ] as const) {
      const machine = router();
      machine.failures.set(`readFile ${CONFIG_PATH}`, machine.errno[name] ?? 0);
      const ended = run(machine, command);
      assert.equal(ended.exit, exit, command);
      assert.match(ended.stderr, /^error: cannot read \/etc\/config\/weir: [^\n]*\n$/, command);
    }
  }
});
