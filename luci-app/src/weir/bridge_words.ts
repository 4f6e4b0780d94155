/** Changes of the bridge in words. */
import type { RenderedChange } from '../../../src/model/render.ts';

/** What the change is about, or undefined where it is not of the bridge. Paths are those of model/resource/*.ts. */
export function bridgeWords({ action, path, commands }: RenderedChange): string | undefined {
  const [device = '', second = '', program = ''] = path.split(' > ');
  const gone = action === 'delete';
  if (second === 'bridge') {
    if (gone) return _('What arrives on %s is no longer forwarded.').format(device);
    const target = / to ([^\s,]+)/.exec(commands[0] ?? '')?.[1] ?? '';
    return _('What arrives on %s leaves on %s.').format(device, target);
  }
  if (second === 'xdp' || program.startsWith('tc_')) {
    const name = second === 'xdp' ? 'XDP' : 'tc';
    return (gone ? _('The program for %s leaves %s.') : _('A program for %s is put on %s.')).format(name, device);
  }
  if (second === 'promiscuous mode') {
    return (gone ? _('%s takes only its own frames again.') : _('%s takes all frames.')).format(device);
  }
  if (device !== 'bridge') return undefined;
  if (second === 'programs')
    return gone ? _("The bridge's programs are unloaded.") : _("The bridge's programs are loaded.");
  if (second !== 'hosts') return undefined;
  return gone ? _('The classes of hosts are removed.') : _('The classes of hosts are set.');
}
