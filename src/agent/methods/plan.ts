import { CONFIG_NAME, CONFIG_TEXT } from './config_text.ts';
import { method } from './method.ts';

export const plan = method({
  name: 'plan',
  access: 'read',
  summary: 'what a reload would change, and what would be lost by it',
  args: { config: CONFIG_TEXT },
  result:
    '`changes`: for each its `action`, `path`, `differences`, what it `loses`, and the same as `commands` of tc, ip, ethtool',
  example: '{}',
  run: (service, { config }, answer) => answer({ changes: service.plan(config, CONFIG_NAME) }),
});
