/** The types of sections that trees are made of. What reads them is a part of the program of its own, which only their presence loads. */
export const TREE_SECTIONS: readonly string[] = ['device_group', 'qdisc', 'class', 'filter', 'action', 'qos', 'queue'];

export function hasTrees(sections: readonly { readonly type: string }[]): boolean {
  return sections.some(({ type }) => TREE_SECTIONS.includes(type));
}
