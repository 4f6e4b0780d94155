/**
 * The OpenWrt package from its installation to its removal, with its own scripts and procd stood in: installed it changes nothing;
 * an upgrade, by opkg or by apk, changes nothing in the kernel and loses no packet of a full queue; and after the removal the link is
 * as before the installation, whatever on_exit says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { accountedBytes, FRAMINGS, UDP_HEADERS_BYTES } from '../framing.ts';
import { CLOCK_MS, gapsMs } from '../gaps.ts';
import { assertSame } from '../life.ts';
import { OPENWRT_ROUTER, ROUTER_FILES } from '../openwrt_router.ts';
import { QUIET } from '../quiet.ts';
import { udpSink } from '../results.ts';
import { snapshot } from '../snapshot.ts';

const PACKETS = 300;
const RATE_BIT_PER_S = 2e6;
const PAYLOAD_BYTES = 1000;
/** Time between two packets as they leave the shaper. */
const SPACING_MS = (8e3 * accountedBytes(PAYLOAD_BYTES + UDP_HEADERS_BYTES, FRAMINGS.ethernet)) / RATE_BIT_PER_S;

const CONFIG = (onExit: string): string => `
cat >$root/etc/config/weir <<END
config globals
	option on_exit '${onExit}'
config shaper 'wan'
	option device 'wan0'
	option download '${RATE_BIT_PER_S}bit'
	option upload '${RATE_BIT_PER_S}bit'
	option rtt '1000s'
	${FRAMINGS.ethernet.options}
	list offloads 'tso'
END
in_router /etc/init.d/weir reload
`;

/** Both directions with a full queue while the package is upgraded; what the kernel announces meanwhile, and what runs then. */
const upgraded = (way: 'opkg' | 'apk', program: string): string => `
rm -f /run/watching
(exec ip netns exec router weir-faults watch /run/watching >/run/watched 2>&1) &
watching=$!
wait_until 1000 test -e /run/watching
start down lan udp-sink 6001 --count ${PACKETS} --for-ms 30000 --series /run/lab/out/down-${way}
start up inet udp-sink 6001 --count ${PACKETS} --for-ms 30000 --series /run/lab/out/up-${way}
launch sent inet udp-send 10.0.0.2 6001 --count ${PACKETS} --size ${PAYLOAD_BYTES}
launch sent lan udp-send 192.0.2.1 6001 --count ${PACKETS} --size ${PAYLOAD_BYTES}
sleep 0.2
${way}_upgrade ${program}
wait_until 1000 shaped_by_another
emit program "$(traffic json "$(cmp /proc/$daemon/exe /run/lab/bin/${program} && echo ${program})")"
collect
kill $watching
wait $watching || true
cat /run/watched
`;

const news = z.array(z.tuple([z.number(), z.string()]));

test('the package: installed, upgraded by opkg and by apk, and removed', async (t) => {
  const run = await boot({
    script: `topology_router down=none up=none rtt_ms=2
${QUIET}${OPENWRT_ROUTER}
unpack_router
furnish_router
snapshot before
opkg_install
wait_until 1000 shaped_by_another
snapshot installed
emit enabled "$(traffic json "$(ls $root/etc/rc.d $root/etc/uci-defaults)")"
${CONFIG('remove')}
sleep 0.1
snapshot shaped
emit saved "$(<$root/tmp/run/weir/saved.json)"
${upgraded('opkg', 'weir-faults')}
# What a later version might have written.
sed -i 's/"format":1/"format":9,"rings":[{"device":"wan0"}]/' $root/tmp/run/weir/saved.json
${upgraded('apk', 'weir')}
snapshot upgraded
${CONFIG('keep')}
sleep 0.1
in_router /etc/init.d/weir stop
sleep 0.1
snapshot kept
in_router /etc/init.d/weir start
wait_until 1000 shaped_by_another
opkg_remove
snapshot removed
emit left "$(traffic json "$(find $root/tmp/run $root/etc -name '*weir*'; cat $root/tmp/procd/stderr)")"
`,
    files: ROUTER_FILES(),
  });
  const [before, installed, shaped, upgrade, kept, removed] = run.values('snapshot', snapshot);
  assert.ok(before && installed && shaped && upgrade && kept && removed);
  await t.test('installed, it is enabled and changes nothing', () => {
    assertSame(before, installed);
    assert.match(run.value('enabled', z.string()), /rc\.d:\nS21weir\n\n.*uci-defaults:$/);
  });
  for (const [i, way] of ['opkg', 'apk'].entries()) {
    await t.test(`an upgrade by ${way} loses no packet, and the kernel has nothing to announce`, () => {
      assert.deepEqual(run.values('watch', news)[i], []);
      for (const direction of ['down', 'up']) {
        const { received, reordered, duplicates } = run.values(direction, udpSink)[i] ?? {};
        assert.deepEqual({ received, reordered, duplicates }, { received: PACKETS, reordered: 0, duplicates: 0 });
        for (const gap of gapsMs(run.out.get(`${direction}-${way}`) ?? '')) {
          assert.ok(Math.abs(gap - SPACING_MS) <= CLOCK_MS, `${direction}: ${gap} ms instead of ${SPACING_MS}`);
        }
      }
    });
  }
  assert.deepEqual(run.values('program', z.string()), ['weir-faults', 'weir']);
  assertSame(shaped, upgrade);
  await t.test('a stop with on_exit keep leaves it shaped', () => assertSame(shaped, kept));
  await t.test('a removal leaves the link as it was before the installation, and nothing behind', () => {
    assert.match(JSON.stringify(run.value('saved', z.json())), /tx-tcp-segmentation/);
    assertSame(before, removed);
    assert.equal(run.value('left', z.string()).replaceAll(/^notice: .*\n?/gm, ''), '');
  });
});
