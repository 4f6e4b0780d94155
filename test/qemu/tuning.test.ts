import { test } from 'node:test';
import { boot } from './boot.ts';
import { state, valuesOf } from './state.ts';

test('boots', async () => {
  const run = await boot({
    script: `
cat /proc/uptime
time ethtool -g e1000e
time tc qdisc
time /usr/bin/busybox true
state before
time traffic run weir --version
cat /proc/uptime
dmesg
ip link
cat /proc/interrupts
`,
  });
  console.log(run.log.slice(0, 20000));
  console.log(run.kernelLog, run.hostMs);
  console.log(valuesOf(run.value('state', state)));
});
