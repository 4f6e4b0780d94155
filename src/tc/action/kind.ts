/** What a kind of actions is to weir (net/sched/act_*.c, tc-actions(8)). */
import { defineOptions, type OptionSet } from '../kind.ts';

/** An action kind. Its parameters, struct tc_gen or another that begins with the index, are the attribute `parameters`. */
export interface ActionKind extends OptionSet {
  readonly parameters: number;
  /** The option that is a device's name; its codec has the kernel's number as `ifindex`. */
  readonly deviceOption?: string;
}

export function defineAction(kind: Omit<ActionKind, 'rows' | 'rowOf' | 'initial'>): ActionKind {
  return defineOptions<ActionKind>(kind);
}
