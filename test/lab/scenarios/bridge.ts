/** The bridge in BPF: what LibreQoS' configurations do, on real frames. */
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { boot } from '../boot.ts';

const OBJECT = readFileSync('build/bpf/el/weir.bpf.o');

test('two ports forward', async (t) => {
  const run = await boot({
    script: `
bridge_installed /run/lab/files/weir.bpf.o
host router a b
link router eth1 a lan0
link router eth2 b wan0
address a lan0 10.0.0.1/24
address b wan0 10.0.0.2/24
for h in a b; do on $h ethtool -K $([ $h = a ] && echo lan0 || echo wan0) tx off gro on; done
weir_config <<END
config bridge
	option use_xdp_bridge '1'
config interface_mapping
	option name 'eth1'
	option redirect_to 'eth2'
config interface_mapping
	option name 'eth2'
	option redirect_to 'eth1'
END
weir plan || true
weir -v start || true
weir status || true
on router ip -d link show
on router tc filter show dev eth1 ingress
start e b echo 7 || true
on a traffic ping 10.0.0.2 7 --count 5 || true
collect || true
bpftool map dump name counters || true
weir plan || true
weir -v stop || true
on router ip link show
ls -R /run/bpffs
`,
    files: { 'weir.bpf.o': OBJECT },
    mayFail: true,
  });
  t.diagnostic(run.log);
});
