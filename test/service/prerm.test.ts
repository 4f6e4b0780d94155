/** Before the package is removed the link is put back as it was, whatever on_exit says; not on an upgrade, nor in an image. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inEachShell, type Root } from './openwrt.ts';

/** What was called, in order, after a run with `weir stop` ending with that code. */
function called(root: Root, shell: readonly string[], environment: Record<string, string>, stopExit = 0): string[] {
  root.write('called', '');
  root.program('etc/init.d/weir', `echo "init $*" >>${root.path}/called`);
  root.program('usr/sbin/weir', `echo "weir $*" >>${root.path}/called; exit ${stopExit}`);
  root.write('var/run/weir/saved.json', '{}');
  assert.equal(root.run([...shell, `${root.path}/weir.prerm`, 'remove'], environment).exit, 0);
  return root.read('called').split('\n').slice(0, -1);
}

test('a removal stops the service, takes away what is shaped, and what weir remembered', () => {
  inEachShell((root, shell) => {
    for (const environment of [{}, { PKG_UPGRADE: '0' }]) {
      assert.deepEqual(called(root, shell, environment), ['init stop', 'weir stop']);
      assert.deepEqual(root.list('var/run'), []);
    }
  });
});

test('where the link cannot be put back, what it was like is kept, and the package goes all the same', () => {
  inEachShell((root, shell) => {
    assert.deepEqual(called(root, shell, {}, 4), ['init stop', 'weir stop']);
    assert.deepEqual(root.list('var/run'), ['./weir', './weir/saved.json']);
  });
});

test('an upgrade, and an image that is being built, are left alone', () => {
  inEachShell((root, shell) => {
    for (const environment of [{ PKG_UPGRADE: '1' }, { IPKG_INSTROOT: root.path }]) {
      assert.deepEqual(called(root, shell, environment), []);
      assert.deepEqual(root.list('var/run'), ['./weir', './weir/saved.json']);
    }
  });
});
