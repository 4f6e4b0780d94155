import { formatIssue, hasErrors } from '../../lib/issue.ts';
import { CONFIG_NAME, CONFIG_TEXT } from './config_text.ts';
import { method } from './method.ts';

export const check = method({
  name: 'check',
  access: 'read',
  summary: 'what is wrong with a configuration: with the file, or with one given as text',
  args: { config: CONFIG_TEXT },
  result:
    '`ok`: whether it can be used as it is. `issues`: `severity`, `where`, `what`, `expected`, `got`, and all as `text`',
  example: '{}',
  run: (service, { config }, answer) => {
    const issues = service.check(config, CONFIG_NAME);
    answer({ ok: !hasErrors(issues), issues: issues.map((issue) => ({ ...issue, text: formatIssue(issue) })) });
  },
});
