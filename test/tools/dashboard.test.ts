/** contrib/grafana/weir.json against what weir exports. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { formatMetrics } from '../../src/model/metrics.ts';
import { shaperStats, shaperStatus } from '../shaper_samples.ts';

const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), definition: z.optional(z.string()) })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.optional(z.array(z.object({ expr: z.string(), refId: z.string() }))),
    }),
  ),
});

const { panels, templating } = z.parse(dashboard, JSON.parse(readFileSync('contrib/grafana/weir.json', 'utf8')));
const text = formatMetrics('1', [shaperStatus()], [shaperStats()]);

test('every metric and label that the dashboard asks for is exported', () => {
  const names = new Set([...text.matchAll(/^(weir_\w+)\{/gm)].map(([, name]) => name));
  const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const queries = [...expressions, ...templating.list.flatMap(({ definition = '' }) => definition)];
  let seen = 0;
  for (const query of queries) {
    for (const [name] of query.matchAll(/weir_\w+/g)) {
      assert.ok(names.has(name), name);
      seen++;
    }
    for (const [, label = ''] of query.matchAll(/[{,]\s*(\w+)=~?"/g)) {
      assert.ok(labels.has(label) || label === 'instance', label);
    }
    assert.equal(query.split('(').length, query.split(')').length, query);
    assert.ok(!/rate\(weir_(?!\w*_total)/.test(query) && !/weir_\w+_total(?![^[]*\[)/.test(query), query);
  }
  assert.ok(seen > 20);
});

test('panels have numbers of their own and do not lie over each other', () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [i, { gridPos: a, title }] of panels.entries()) {
    assert.ok(a.x >= 0 && a.x + a.w <= 24, title);
    for (const { gridPos: b } of panels.slice(i + 1)) {
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      assert.ok(apart, title);
    }
  }
});

test('docs/metrics.md tells of every metric', () => {
  const page = readFileSync('docs/metrics.md', 'utf8');
  for (const [, name = ''] of text.matchAll(/^# TYPE (weir_\w+)/gm)) {
    assert.ok(page.includes(`\`${name}`), name);
  }
});
