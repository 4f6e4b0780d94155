/** `config globals`: what holds for all of weir. */
import { LOG_LEVELS } from '../lib/log.ts';
import { boolean, choice } from './field.ts';

export const globalsRows = {
  enabled: {
    field: boolean(),
    label: 'Enable weir',
    help: 'Off removes all shaping and restores what was changed. On unless set to 0.',
  },
  log_level: {
    field: choice(LOG_LEVELS),
    label: 'Log',
    help: 'The least important messages that are logged. info unless set.',
  },
  on_exit: {
    field: choice(['remove', 'keep']),
    label: 'When the daemon stops',
    help: 'remove restores the link; keep leaves it shaped, for an upgrade without a gap. remove unless set.',
  },
} as const;
