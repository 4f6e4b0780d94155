/** What the rates of sections are a share of, besides what they stand on. */
import type { Bearer, TreeSection, TreesConfig } from './sections.ts';

export function rateBases(sections: readonly TreeSection[]): Pick<TreesConfig, 'rateSources' | 'followsLink'> {
  const rateSources = new Set<string>();
  let followsLink = false;
  const take = (bearer: Bearer | undefined): void => {
    if (bearer?.options.rates === undefined) return;
    for (const { rate } of Object.values(bearer.options.rates)) {
      if (rate.of === 'rate' || rate.of === 'ceil') rateSources.add(rate.name);
      followsLink ||= rate.of === 'link';
    }
  };
  for (const section of sections) {
    if (section.type === 'filter') for (const { bearer } of section.actions) take(bearer);
    else take(section.bearer);
    if (section.type === 'class') take(section.leaf);
  }
  return { rateSources, followsLink };
}
