import { formatIssue, hasErrors } from '../../lib/issue.ts';
import { method } from './method.ts';

const CONFIG_NAME = 'config';
/** Whoever may read may ask this, and a slow router is not to be busy with it for long. */
const LONGEST_CONFIG = 65_536;

export const check = method({
  name: 'check',
  access: 'read',
  summary: 'what is wrong with a configuration: with the file, or with one given as text',
  args: {
    config: { type: 'string', longest: LONGEST_CONFIG, help: 'the text of a configuration, instead of the file' },
  },
  result:
    '`ok`: whether it can be used as it is. `issues`: `severity`, `where`, `what`, `expected`, `got`, and all as `text`',
  example: '{}',
  run: (service, { config }, answer) => {
    const issues = service.check(config, CONFIG_NAME);
    answer({ ok: !hasErrors(issues), issues: issues.map((issue) => ({ ...issue, text: formatIssue(issue) })) });
  },
});
