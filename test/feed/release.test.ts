/** .github/workflows/release.yml as far as it can be known without running it: read by PyYAML, its shell by the shells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';

const PATH = '.github/workflows/release.yml';

const step = z.object({ name: z.optional(z.string()), uses: z.optional(z.string()), run: z.optional(z.string()) });
const job = z.object({
  needs: z.optional(z.string()),
  permissions: z.record(z.string(), z.string()),
  strategy: z.optional(z.object({ matrix: z.record(z.string(), z.array(z.string())) })),
  steps: z.array(step),
});
const workflow = z.object({ permissions: z.record(z.string(), z.string()), jobs: z.record(z.string(), job) });

function parsed(): z.infer<typeof workflow> {
  const program =
    'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout, default=str, skipkeys=True)';
  // Debian's own interpreter, whatever else comes first in PATH.
  const run = spawnSync('/usr/bin/python3', ['-c', program], { input: readFileSync(PATH), encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return z.parse(workflow, JSON.parse(run.stdout));
}

test('its first lines say that it has not run yet', () => {
  assert.match(readFileSync(PATH, 'utf8').split('\n').slice(0, 5).join('\n'), /^# THIS HAS NOT RUN YET\./m);
});

test('the tests come first, then the packages, then the release, and only that may write', () => {
  const { permissions, jobs } = parsed();
  assert.deepEqual(permissions, {});
  const order = Object.entries(jobs).map(([name, { needs, permissions: own }]) => [name, needs, own]);
  assert.deepEqual(order, [
    ['test', undefined, { contents: 'read' }],
    ['packages', 'test', {}],
    ['publish', 'packages', { contents: 'write' }],
  ]);
  assert.ok(jobs.test?.steps.some(({ run }) => run === 'make test'));
});

test('both releases of OpenWrt, and every CPU that the packages are made for here', () => {
  const matrix = parsed().jobs.packages?.strategy?.matrix;
  assert.deepEqual(
    matrix?.openwrt?.map((release) => release.replace(/\.\d+$/, '')),
    ['24.10', '25.12'],
  );
  const rules = readFileSync('openwrt/rules/rules.mk', 'utf8');
  const cpus = [...rules.matchAll(/^ARCH_PACKAGES_\w+ := (\S+)$/gm)].map(([, name = '']) => name);
  assert.ok(cpus.length >= 5);
  for (const cpu of cpus) assert.ok(matrix?.cpu?.includes(cpu), cpu);
});

test('actions of others are pinned by commit', () => {
  const steps = Object.values(parsed().jobs).flatMap(({ steps }) => steps);
  const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
  assert.ok(used.length > 0);
  for (const action of used) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});

test('its shell is shell: bash takes what it runs, and sh what it gives to the SDK; no expression is pasted into either', () => {
  const scripts = Object.values(parsed().jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => (run === undefined ? [] : [run])),
  );
  const takes = (shell: string, script: string): void => {
    const run = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr + script);
  };
  const inner = scripts.flatMap((script) =>
    [...script.matchAll(/cat >build\.sh <<'END'\n([\s\S]*?)^END$/gm)].map(([, text = '']) => text),
  );
  assert.equal(inner.length, 1);
  for (const script of inner) takes('sh', script);
  for (const script of scripts) {
    takes('bash', script);
    // What a tag is called would be run as shell.
    assert.doesNotMatch(script, /\$\{\{/);
  }
});
