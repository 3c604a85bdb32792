import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameFunction } from './function-name.ts';

const CONTEXT = {
  region: 'us-east-1',
  accountId: '000000000000',
  functions: { folder: '/functions' },
} as const;

for (const path of ['a.mjs', './a.mjs', 'a.mjs/', 'a.mjs/.', 'a.mjs//', 'b/../a.mjs', '/functions/a.mjs']) {
  test(`a file has one name: ${path}`, () => {
    assert.equal(nameFunction(CONTEXT, `file:${path}`), 'file:a.mjs');
  });
}

for (const path of ['.', './', '..', '../', 'a/../..']) {
  test(`the folder is no file in it: ${path}`, () => {
    assert.throws(() => nameFunction(CONTEXT, `file:${path}`), { name: /InvalidParameterValue|ApiError/ });
  });
}

for (const qualifier of ['$LATEST', '$LATEST.PUBLISHED', '1', 'my-alias_2']) {
  test(`a qualifier of a function elsewhere: ${qualifier}`, () => {
    const name = `lambda:f:${qualifier}@http://localhost:1`;
    assert.equal(nameFunction(CONTEXT, name), name);
  });
}

for (const qualifier of ['$latest', '$LATEST.X', 'a b', 'a/b', 'a?b', 'ä', '']) {
  test(`no qualifier of a function elsewhere: ${qualifier}`, () => {
    assert.throws(() => nameFunction(CONTEXT, `lambda:f:${qualifier}@http://localhost:1`));
  });
}
