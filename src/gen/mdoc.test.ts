import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mdocArgument, mdocHelp, mdocParagraph, mdocText } from './mdoc.ts';

test('text is never a request, and prints as it is typed', () => {
  assert.equal(mdocText('.Sh NAME'), '\\&.Sh NAME');
  assert.equal(mdocText("'set' -v \\n"), '\\(aqset\\(aq \\-v \\en');
  assert.equal(mdocText('upload_rtt and pppoe-ptm'), '\\%upload_rtt and \\%pppoe\\-ptm');
  assert.equal(mdocArgument('-M "r"'), '"\\-M \\(dqr\\(dq"');
  assert.equal(mdocParagraph('One.\nTwo of it.  three'), 'One.\nTwo of it. three');
});

test('a help text becomes paragraphs and lists', () => {
  const help = ['Shows it,', 'whole.', '', 'Options:', '  -a     all', '         of it', '  -b X   some', 'And so on.'];
  assert.equal(
    mdocHelp(help),
    [
      'Shows it, whole.',
      '.Pp\nOptions:',
      '.Bl -tag -width 10n',
      '.It Ic "\\-a"\nall of it',
      '.It Ic "\\-b X"\nsome',
      '.El',
      '.Pp\nAnd so on.',
    ].join('\n'),
  );
});

test('a line of a help text that is of no known shape is an error, not a page that says something else', () => {
  assert.throws(() => mdocHelp(['     deep']), /no line of a help text/);
});
