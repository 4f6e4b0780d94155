/** Writes docs/options.md. */
import { writeFileSync } from 'node:fs';
import { optionsPage } from './docs.ts';

writeFileSync('docs/options.md', optionsPage());
