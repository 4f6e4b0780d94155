/** `config globals`: what holds for all of weir. */
import { LOG_LEVELS } from '../lib/log.ts';
import { boolean, choice } from './field.ts';

export const globalsRows = {
  enabled: {
    field: boolean(),
    label: 'Enable weir',
    default: true,
    help: 'Off removes all shaping and restores what was changed.',
    example: '1',
  },
  log_level: {
    field: choice(LOG_LEVELS),
    label: 'Log',
    default: 'info',
    help: 'The least important messages that are logged.',
    example: 'debug',
  },
  bus: {
    field: choice(['auto', 'system', 'off']),
    label: 'Bus',
    default: 'auto',
    help: 'auto uses ubusd, or runs a bus itself where there is no ubusd; system never runs one; off does without.',
    example: 'off',
  },
  history: {
    field: boolean(),
    label: 'Keep history',
    default: false,
    help: 'Read the counters every second, so that charts reach back a day. Off reads them only while somebody looks.',
    example: '1',
  },
  on_exit: {
    field: choice(['remove', 'keep']),
    label: 'When the daemon stops',
    default: 'remove',
    help: 'remove restores the link; keep leaves it shaped, as an upgrade does either way.',
    example: 'keep',
  },
} as const;
