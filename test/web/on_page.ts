/** What tests of pages do alike. */
import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import type { TestContext } from 'node:test';
import type { Page } from './chromium/page.ts';
import type { Rig, User } from './rig.ts';

/** The page at a path in LuCI's menu, used and closed; no error may have come up on it. */
export async function onPageAt(rig: Rig, path: string, user: User, use: (page: Page) => Promise<void>): Promise<void> {
  const page = await rig.logIn(user);
  try {
    await rig.open(page, path);
    await use(page);
    assert.deepEqual(page.problems, []);
  } finally {
    // Or it would go on to ask.
    await page.close();
  }
}

/** Of a form with tabs. */
export function openTab(page: Page, name: string): Promise<void> {
  return page.click(`.cbi-tabmenu [data-tab="${name}"] a`);
}

/** Asserts that the page is complete, with `selector` on it, in `mostMs`: the best of three times. */
export async function assertCompleteIn(
  mostMs: number,
  t: TestContext,
  rig: Rig,
  page: Page,
  path: string,
  selector: string,
): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await rig.open(page, path);
    await page.waitFor(selector);
    times.push(Math.round(performance.now() - start));
  }
  t.diagnostic(`complete after ${times.join(', ')} ms`);
  // Where other programs want the processors too, each gets so much less of them.
  const share = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
  assert.ok(Math.min(...times) <= mostMs * share, `${times.join(', ')} ms at ${share}`);
}
