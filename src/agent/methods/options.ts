import { trees } from '../../parts/trees.ts';
import { ArgumentError, method, needTrees } from './method.ts';

export const options = method({
  name: 'options',
  access: 'read',
  summary: 'what a section of a tree may hold: the kinds that there are, and the options of one',
  args: {
    section: {
      type: 'string',
      required: true,
      help: 'the type of the section: device_group, qdisc, class, filter, action, qos or queue',
    },
    kind: {
      type: 'string',
      help: 'as tc names it; of a class, that of its qdisc; of a qos its type, and of a queue that of its qos',
    },
    leaf: { type: 'string', help: 'of a class, the kind of the qdisc in it' },
  },
  result:
    '`kinds`; `options`: those of the type (`common`) and those of the kind, each with `name`, `label`, `help`, the `data` that ' +
    'its field is made from, what it takes as `expectation`, `choices` where they can be counted, `repeatable`, and what holds ' +
    'when it is not set: `unset`, or in words `otherwise`',
  example: '{"section":"class","kind":"htb","leaf":"fq_codel"}',
  run: (_service, { section, kind = '', leaf = '' }, answer) => {
    needTrees();
    const { sectionOptions, TREE_SECTION_TYPES } = trees();
    const found = sectionOptions(section, kind, leaf);
    if (found === undefined) {
      throw new ArgumentError(`'section': expected one of ${TREE_SECTION_TYPES.join(', ')}, got '${section}'`);
    }
    answer(found);
  },
});
