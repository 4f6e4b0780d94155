/** Where qdiscs and classes stand, and on which devices. */
import type { SectionText } from '../../schema/section.ts';
import type { PlaceText } from '../../schema/tree_fields.ts';
import { deviceProblem, devicesNamed, type Groups } from './groups.ts';
import { textOf } from './places.ts';
import type { Self } from './reading.ts';
import type { Report } from './report.ts';
import type { ClassSection, QdiscSection, Stand } from './sections.ts';

export class Stands {
  private readonly report: Report;
  private readonly groups: Groups;
  private readonly names: ReadonlySet<string>;
  private readonly sections = new Map<QdiscSection | ClassSection, Stand>();
  /** Lists of one device, which many share. */
  private readonly single = new Map<string, readonly string[]>();

  /** `names` are those of all qdiscs and classes. */
  constructor(report: Report, groups: Groups, names: ReadonlySet<string>) {
    this.report = report;
    this.groups = groups;
    this.names = names;
  }

  /** The same object for all that stand there. */
  private standOn(section: QdiscSection | ClassSection): Stand {
    const known = this.sections.get(section) ?? { at: 'section', section };
    this.sections.set(section, known);
    return known;
  }

  /** The devices that the section itself names. */
  devicesNamed(section: SectionText): readonly string[] {
    return devicesNamed(section, this.groups, this.single);
  }

  /** The devices of what stands on none of the sections. */
  devicesOf(text: SectionText, self: Self): readonly string[] {
    const problem = deviceProblem(text, this.groups);
    if (problem !== undefined) this.report.error(self, problem.what, problem.expected);
    const devices = this.devicesNamed(text);
    if (devices.length === 0 && problem === undefined) {
      if (textOf(text, 'group') !== undefined) this.report.leaveOut(self.name);
      else this.report.error(self, 'no device', "option 'device' or option 'group'");
    }
    return devices;
  }

  /**
   * Where the section stands, and on which devices; with a fault, somewhere, and it is left out. `usual` is where a qdisc stands that does not say
   * it; a class has to.
   */
  of(
    text: SectionText,
    self: Self,
    parent: QdiscSection | ClassSection | undefined,
    usual: 'root' | 'ingress' | undefined,
    place: PlaceText | undefined,
  ): { stand: Stand; devices: readonly string[] } {
    if (parent !== undefined) {
      if (usual !== undefined && parent.type === 'qdisc') {
        const what = `option 'parent': '${parent.name}' is a qdisc, and a qdisc stands in a class of it`;
        this.report.error(self, what, 'the name of a class, or root');
      }
      const own = this.devicesNamed(text);
      const problem = deviceProblem(text, this.groups);
      if (problem !== undefined) this.report.error(self, problem.what, problem.expected);
      const other = own.find((device) => !parent.devices.includes(device));
      if (other !== undefined) {
        this.report.error(self, `'${parent.name}' is not on ${other}`, parent.devices.join(', '));
      }
      return { stand: this.standOn(parent), devices: own.length > 0 ? own : parent.devices };
    }
    const given: PlaceText | undefined =
      place ?? (usual !== undefined && textOf(text, 'parent') === undefined ? { at: usual } : undefined);
    if (given === undefined) {
      if (textOf(text, 'parent') === undefined) {
        this.report.error(self, 'no parent', 'the section of a qdisc or class, or a handle with a device');
      }
      return { stand: { at: 'root' }, devices: [] };
    }
    if (given.at === 'section') {
      this.missing(self, given.name);
      return { stand: { at: 'root' }, devices: [] };
    }
    if (usual === undefined && given.at !== 'handle') {
      this.report.error(
        self,
        `option 'parent': a class does not stand at ${given.at}`,
        'the section of a qdisc or class',
      );
    }
    if (given.at === 'egress') {
      this.report.error(self, "option 'parent': no qdisc stands at egress", "root, or ingress with kind 'clsact'");
    }
    return { stand: given, devices: this.devicesOf(text, self) };
  }

  private missing(self: Self, name: string): void {
    if (this.names.has(name)) {
      // It is on a circle, or stands on one, which is said there.
      this.report.leaveOut(self.name);
      return;
    }
    const expected = this.report.nearNames(name, this.names) ?? 'the name of a qdisc or class';
    this.report.error(self, `option 'parent': there is no section '${name}' of a qdisc or class`, expected);
  }
}
