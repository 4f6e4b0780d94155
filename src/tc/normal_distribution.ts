/**
 * The normal distribution as netem takes it: 4096 values in units of 1/8192 of the standard deviation (NETEM_DIST_SCALE), of which the
 * kernel takes one by chance (`tabledist` in net/sched/sch_netem.c). tc has the like in a file, normal.dist.
 */

const VALUES = 4096;
const SCALE = 8192;
const LARGEST_S16 = 2 ** 15 - 1;
/** Beyond it there is less than a billionth of the distribution. */
const FIRST_DEVIATION = -8;
const STEP = 1 / 512;

let table: Int16Array | undefined;

/** Made when it is first wanted. */
export function normalDistribution(): Int16Array {
  table ??= makeTable();
  return table;
}

/** Goes along the density and takes where each next share of the area is full. The lower half is the upper one with another sign. */
function makeTable(): Int16Array {
  const values = new Int16Array(VALUES);
  let [deviation, area] = [FIRST_DEVIATION, 0];
  for (let index = 0; index < VALUES / 2; index++) {
    const wanted = (index + 0.5) / VALUES;
    let slice = areaFrom(deviation);
    while (area + slice < wanted) {
      area += slice;
      deviation += STEP;
      slice = areaFrom(deviation);
    }
    const value = Math.round((deviation + (STEP * (wanted - area)) / slice) * SCALE);
    values[index] = Math.max(value, -LARGEST_S16 - 1);
    values[VALUES - 1 - index] = Math.min(-value, LARGEST_S16);
  }
  return values;
}

/** The area below the density within one step, by the value in its middle. */
function areaFrom(deviation: number): number {
  return (STEP * Math.exp(-((deviation + STEP / 2) ** 2) / 2)) / Math.sqrt(2 * Math.PI);
}
