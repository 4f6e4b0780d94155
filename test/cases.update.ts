/**
 * Writes plan.txt and issues.txt of every case in test/cases anew, and status.json and bridge.json where there is one. Look at the difference
 * before you commit it. `npx esbuild test/cases.update.ts --bundle --platform=node --format=esm --outfile=build/cases.mjs &&
 * node build/cases.mjs`
 */
import { writeFileSync } from 'node:fs';
import { caseNames, expectedFile, finishCase, type Outcome, openCase } from './cases.ts';

const ALWAYS: readonly (keyof Outcome)[] = ['plan.txt', 'issues.txt'];
const FILES: readonly (keyof Outcome)[] = [...ALWAYS, 'status.json', 'bridge.json'];

for (const name of caseNames()) {
  const { outcome } = finishCase(openCase(name));
  for (const file of FILES) {
    const isWanted = ALWAYS.includes(file) || expectedFile(name, file) !== undefined;
    if (isWanted && expectedFile(name, file) !== outcome[file]) {
      writeFileSync(`test/cases/${name}/${file}`, outcome[file]);
      console.log(`test/cases/${name}/${file}`);
    }
  }
}
