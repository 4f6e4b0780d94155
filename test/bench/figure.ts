/** A measured figure, and the page that shows them. */

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** The most that it may be. */
  readonly limit: number;
  /** The value and what it comes from, in words. */
  readonly shown: string;
  readonly how: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('no samples');
  return middle;
}

/** `12.3 ms (11.8 to 15.0)`: median, and what half of the samples lie within. */
export function formatMs(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const quarter = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return `${median(values).toFixed(1)} ms (${quarter(0.25)} to ${quarter(0.75)})`;
}

function formatRow({ name, value, limit, shown, how }: Figure): string {
  return `| ${name} | ${shown} | ${limit} | ${value <= limit ? 'holds' : '**missed**'} | ${how} |`;
}

/** The page with these figures in place of those of the same name, and new ones at its end; everything else as it was. */
export function replaceFigures(page: string, figures: readonly Figure[]): string {
  const lines = page.trimEnd().split('\n');
  for (const figure of figures) {
    const at = lines.findIndex((line) => line.startsWith(`| ${figure.name} |`));
    if (at >= 0) lines[at] = formatRow(figure);
    else lines.push(formatRow(figure));
  }
  return `${lines.join('\n')}\n`;
}

export function formatFigures(figures: readonly Figure[], machine: string, when: Date): string {
  const rows = figures.map(formatRow);
  return `# Figures

Written by \`make bench\` on ${when.toISOString().slice(0, 10)}: ${machine}. Medians, with the middle half of the samples in parentheses.

| figure | measured | at most | | how |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
