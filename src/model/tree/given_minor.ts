/** The number that a class is given. */
import type { SectionValues } from '../../schema/section.ts';
import type { classRows } from '../../schema/tree.ts';
import { formatHandle, majorOf, makeHandle, minorOf } from '../../tc/handle.ts';
import type { Self } from './reading.ts';
import type { Report } from './report.ts';
import type { ClassSection } from './sections.ts';

/** The minor out of `minor` or `handle`, or undefined for one to be allotted. */
export function givenMinor(
  self: Self,
  { minor, handle }: SectionValues<typeof classRows>,
  { qdisc, foreignMajor }: Pick<ClassSection, 'qdisc' | 'foreignMajor'>,
  report: Report,
): number | undefined {
  if (handle === undefined) {
    if (minor === 0) report.error(self, "option 'minor': 0 is the qdisc itself", '1 to ffff');
    return minor;
  }
  if (minor !== undefined) report.error(self, "'minor' and 'handle' are both given", 'one of them');
  const major = qdisc?.handle === undefined ? foreignMajor : majorOf(qdisc.handle);
  if (minorOf(handle) === 0) {
    report.error(self, `option 'handle': ${formatHandle(handle)} is that of a qdisc`, 'a handle such as 1:10');
  } else if (major === undefined && qdisc !== undefined) {
    const expected = `option 'minor', or a handle for '${qdisc.name}' too`;
    report.error(self, `option 'handle': '${qdisc.name}' has no handle of its own`, expected);
  } else if (major !== undefined && major !== majorOf(handle)) {
    const expected = formatHandle(makeHandle(major, minorOf(handle)));
    report.error(self, "option 'handle': its qdisc has another major", expected);
  }
  return minorOf(handle);
}
