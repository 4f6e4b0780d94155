/** What a person does with the form of the page Trees. */
import type { Page } from './chromium/page.ts';
import { openTab } from './on_page.ts';

export const SAVE_AND_APPLY = '.cbi-page-actions .cbi-button-apply';
export const SAVE_DIALOG = '.modal .button-row .cbi-button-positive';

/** A field of a dialog by its option. */
export const field = (option: string): string => `.modal [data-name="${option}"] :is(input[type="text"], select)`;

/** Adds a section, which opens its dialog. */
export async function addSection(page: Page, type: string, name: string): Promise<void> {
  await openTab(page, type);
  const add = `#cbi-weir-${type} .cbi-section-create`;
  await page.type(`${add} input`, name);
  await page.click(`${add} .cbi-button-add`);
}

/** Opens the dialog of a section that is there. */
export async function editSection(page: Page, type: string, name: string): Promise<void> {
  await openTab(page, type);
  await page.click(`#cbi-weir-${name} .cbi-button-edit`);
}

export async function saveDialog(page: Page, type: string, shown: RegExp): Promise<void> {
  await page.click(SAVE_DIALOG);
  await page.waitForText(`#cbi-weir-${type} .cbi-section-table`, shown);
}

/** Says yes to what changes, and waits until it is applied. */
export async function apply(page: Page): Promise<void> {
  await page.evaluate(`document.addEventListener('uci-applied', () => sessionStorage.setItem('applied', 'yes')), 0`);
  await page.click('#weir-apply');
  await page.waitUntil(`sessionStorage.getItem('applied') === 'yes'`, 40_000);
  await page.evaluate(`sessionStorage.removeItem('applied')`);
}
