import { treeOverlayProblem } from '../../model/overlay.ts';
import { ArgumentError, existingSection, FOR, method, needTrees, TREE_SECTION } from './method.ts';
import { outcome } from './outcome.ts';

export const setSection = method({
  name: 'set_section',
  access: 'write',
  summary: 'an option of a section of a tree in force at once and in place, without writing it into the configuration',
  args: {
    section: { ...TREE_SECTION, required: true },
    option: { type: 'string', help: 'the name of the option', required: true },
    value: { type: 'option', help: 'its value as in the configuration', required: true },
    for: FOR,
  },
  result: '`ok`, and `issues`: what did not go well; what is wrong with the trees then, and nothing is set',
  example: '{"section":"voice","option":"rate","value":"2mbit","for":3600}',
  run: (service, args, answer) => {
    needTrees();
    const section = existingSection(service, args.section);
    const problem = treeOverlayProblem(args.option);
    if (problem !== undefined) throw new ArgumentError(problem);
    answer(outcome(service.set(section, new Map([[args.option, args.value]]), args.for)));
  },
});
