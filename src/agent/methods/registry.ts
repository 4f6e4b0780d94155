/** Every method of the object `weir`. */
import { bridge } from './bridge.ts';
import { check } from './check.ts';
import { config } from './config.ts';
import { disable } from './disable.ts';
import { enable } from './enable.ts';
import { history } from './history.ts';
import { hosts } from './hosts.ts';
import { info } from './info.ts';
import { log } from './log.ts';
import { mapAdd } from './map_add.ts';
import { mapClear } from './map_clear.ts';
import { mapDel } from './map_del.ts';
import { mapList } from './map_list.ts';
import type { Method } from './method.ts';
import { metrics } from './metrics.ts';
import { options } from './options.ts';
import { plan } from './plan.ts';
import { reload } from './reload.ts';
import { reset } from './reset.ts';
import { set } from './set.ts';
import { setSection } from './set_section.ts';
import { stats } from './stats.ts';
import { status } from './status.ts';
import { tree } from './tree.ts';

export const METHODS: readonly Method[] = [
  status,
  stats,
  history,
  plan,
  check,
  config,
  info,
  log,
  metrics,
  bridge,
  hosts,
  mapList,
  tree,
  options,
  reload,
  set,
  setSection,
  reset,
  disable,
  enable,
  mapAdd,
  mapDel,
  mapClear,
];

/** The names of the methods that only read, or of those that change something. */
export function methodNames(access: Method['access']): string[] {
  return METHODS.filter((method) => method.access === access).map(({ name }) => name);
}
