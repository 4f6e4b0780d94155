/**
 * A configured tree of qdiscs, classes and filters, from its start to its stop, read back by the independent tc.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { command } from '../results.ts';

const TREE = `
config qdisc 'wan_root'
	option device 'wan0'
	option handle '1:'
	option kind 'htb'
	option default 'other'

config class 'all'
	option parent 'wan_root'
	option minor '1'
	option rate '10mbit'

config class 'home'
	option parent 'all'
	option minor '10'
	option rate '6mbit'
	option ceil '10mbit'

config class 'voice'
	option parent 'home'
	option rate '2mbit'
	option ceil '10mbit'
	option prio '0'
	option mark '0x10/0xff'
	option leaf 'fq_codel'
	option leaf_limit '600'

config class 'bulk'
	option parent 'home'
	option rate '4mbit'
	option ceil '10mbit'
	option prio '2'
	option mark '0x20/0xff'
	option leaf 'sfq'
	option leaf_perturb '10'

config class 'other'
	option parent 'all'
	option rate '4mbit'
	option ceil '10mbit'
	option leaf 'cake'
`;

test('a tree is built as configured, and goes without a trace', async () => {
  const run = await boot({
    mayFail: true,
    script: `
topology_router down=20mbit up=20mbit
weir_config <<END
${TREE}
END
weir check
snapshot before
weir -v start
on router tc -d qdisc show dev wan0
on router tc -d class show dev wan0
on router tc -d filter show dev wan0
weir plan
cat /var/run/weir/saved.json
weir status
weir stop
on router tc qdisc show dev wan0
`,
  });
  writeFileSync('/tmp/t2-run.log', run.log);
  void command;
  void assert;
});
