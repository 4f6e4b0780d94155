import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjustableLog, LOG_LEVELS, type LogLevel } from './log.ts';

test('a log passes on what is as important as asked, and nothing less', () => {
  for (const [i, least] of LOG_LEVELS.entries()) {
    const written: LogLevel[] = [];
    const log = adjustableLog(least, (level) => written.push(level));
    for (const level of LOG_LEVELS) log.write(level, 'a line');
    assert.deepEqual(written, LOG_LEVELS.slice(0, i + 1));
    for (const level of LOG_LEVELS) assert.equal(log.wants(level), written.includes(level));
  }
});

test('a log that is told to say more does so from then on', () => {
  const lines: string[] = [];
  const log = adjustableLog('warning', (level, message) => lines.push(`${level} ${message}`));
  log.write('info', 'first');
  log.setLeast('info');
  log.write('info', 'second');
  log.setLeast('error');
  log.write('warning', 'third');
  assert.deepEqual(lines, ['info second']);
});
