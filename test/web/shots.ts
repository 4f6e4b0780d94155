/** Pictures of pages: `NAME.ts DIRECTORY [PART-OF-A-NAME]`, PNG files as Chromium writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from './chromium/page.ts';
import { openTab } from './on_page.ts';
import type { Rig } from './rig.ts';

export interface Shot {
  readonly name: string;
  readonly path: string;
  readonly widthPx: number;
  readonly dark?: boolean;
  readonly language?: string;
  /** What is done before the picture is taken. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const [directory = 'build/luci-screenshots', part = ''] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });

export const isWanted = (name: string): boolean => name.includes(part);

export async function save(name: string, page: Page, widthPx: number, dark = false): Promise<void> {
  writeFileSync(`${directory}/${name}.png`, await page.screenshot({ widthPx, dark }));
}

/** Takes one, if it is wanted; throws where the page has a problem. `ready` waits until there is something to see. */
export async function take(
  rig: Rig,
  { name, path, widthPx, dark = false, language, prepare }: Shot,
  ready?: (page: Page) => Promise<unknown>,
): Promise<void> {
  if (!isWanted(name)) return;
  const page = await rig.logIn('admin', language);
  await page.setViewport({ widthPx, dark });
  await rig.open(page, path);
  await ready?.(page);
  await prepare?.(page);
  await save(name, page, widthPx, dark);
  if (page.problems.length > 0) throw new Error(`${name}: ${page.problems.join(', ')}`);
  await page.close();
}

/** Of a form with tabs. */
export const tab = (name: string) => (page: Page) => openTab(page, name);
