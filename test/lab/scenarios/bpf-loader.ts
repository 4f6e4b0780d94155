import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { boot } from '../boot.ts';
const object = readFileSync('build/bpf/el/weir.bpf.o');
test('try', async (t) => {
  const run = await boot({
    script: `
cp /run/lab/files/weir.bpf.o /tmp/; export WEIR_BPF_OBJECT=/tmp/weir.bpf.o
host r a b
link r v0 a va
link r v1 b vb
weir-bpf loaded 'load 300 300 100 reuse' loaded programs 'port 2 3 1' ports targets cpus settings counters 'steer 5 7' steered 'steer 3 8' steered settings hosts
ls -lR /sys/fs/bpf/weir
bpftool prog show || true
bpftool map show || true
weir-bpf 'load 300 300 200 reuse' ports loaded unload loaded
ls -R /sys/fs/bpf
`,
    files: { 'weir.bpf.o': object },
    mayFail: true,
  });
  (await import("node:fs")).writeFileSync("/tmp/lab.log", run.log);
});
