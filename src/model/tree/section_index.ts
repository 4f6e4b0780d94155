/** Where sections are among thousands, and which of them follow from one of them. */
import type { TreeSection } from './sections.ts';

interface SectionPlaces {
  /** Places in the list of all sections, by name. */
  readonly places: ReadonlyMap<string, number>;
  /** The places of what stands on a section, by its name. */
  readonly standing: ReadonlyMap<string, readonly number[]>;
  /** The places of filters that sort into a class, by its name. */
  readonly sorting: ReadonlyMap<string, readonly number[]>;
}

/** Made when it is first asked for, and right as long as sections of the list only give way to others of the same name in the same place. */
export class SectionIndex {
  private made: SectionPlaces | undefined;

  of(sections: readonly TreeSection[]): SectionPlaces {
    this.made ??= placesOf(sections);
    return this.made;
  }
}

function placesOf(sections: readonly TreeSection[]): SectionPlaces {
  const places = new Map<string, number>();
  const standing = new Map<string, number[]>();
  const sorting = new Map<string, number[]>();
  sections.forEach((section, place) => {
    places.set(section.name, place);
    if (section.stand.at === 'section') append(standing, section.stand.section.name, place);
    if (section.type === 'filter' && section.target?.at === 'section') {
      append(sorting, section.target.section.name, place);
    }
  });
  return { places, standing, sorting };
}

function append(lists: Map<string, number[]>, name: string, place: number): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [place]);
  else list.push(place);
}
