import { MOST_MESSAGES } from '../recent_log.ts';
import { method } from './method.ts';

export const log = method({
  name: 'log',
  access: 'read',
  summary: 'what the daemon did and complained of lately',
  args: { most: { type: 'integer', smallest: 1, largest: MOST_MESSAGES, help: 'the newest so many messages' } },
  result:
    '`messages`, the oldest first: how long ago (`agoS`), `level`, `text`. Messages below `log_level` are not kept',
  example: '{"most":20}',
  run: (service, { most }, answer) => answer({ messages: service.messages(most) }),
});
