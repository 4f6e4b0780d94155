/** `config globals`: what holds for all of weir. */
import { LOG_LEVELS } from '../lib/log.ts';
import { boolean, choice } from './field.ts';

export const globalsRows = {
  enabled: {
    field: boolean(),
    label: 'Enable weir',
    default: true,
    help: 'Off removes all shaping and restores what was changed.',
  },
  log_level: {
    field: choice(LOG_LEVELS),
    label: 'Log',
    default: 'info',
    help: 'The least important messages that are logged.',
  },
  on_exit: {
    field: choice(['remove', 'keep']),
    label: 'When the daemon stops',
    default: 'remove',
    help: 'remove restores the link; keep leaves it shaped, for an upgrade without a gap.',
  },
} as const;
