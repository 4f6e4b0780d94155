import { allShaperRows } from '../../model/config.ts';
import { type OverlayValue, overlayProblem, SETTABLE_OPTIONS } from '../../model/overlay.ts';
import { type Argument, ArgumentError, existingShaper, FOR, method, SHAPER } from './method.ts';
import { outcome } from './outcome.ts';

const OPTIONS: Readonly<Record<string, Argument>> = Object.fromEntries(
  SETTABLE_OPTIONS.map((name) => [name, { type: 'option', help: allShaperRows[name]?.help ?? '' }]),
);

export const set = method({
  name: 'set',
  access: 'write',
  summary: 'options of a shaper in force at once and in place, without writing them into the configuration',
  args: { shaper: { ...SHAPER, required: true }, for: FOR, ...OPTIONS },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"shaper":"wan","download":"50mbit","for":3600}',
  run: (service, args, answer) => {
    const shaper = existingShaper(service, args.shaper);
    const given: Readonly<Record<string, unknown>> = args;
    const options = new Map<string, OverlayValue>();
    for (const name of SETTABLE_OPTIONS) {
      const value = given[name];
      // Its row in OPTIONS let only these through.
      if (value !== undefined) options.set(name, value as OverlayValue);
    }
    if (options.size === 0) throw new ArgumentError('expected at least one option of the shaper, such as download');
    for (const [name, value] of options) {
      const problem = overlayProblem(name, value);
      if (problem !== undefined) throw new ArgumentError(problem);
    }
    answer(outcome(service.set(shaper, options, args.for)));
  },
});
