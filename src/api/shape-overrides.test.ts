import assert from 'node:assert/strict';
import { test } from 'node:test';
import dynamodb from './service-model-dynamodb.json' with { type: 'json' };
import streams from './service-model-streams.json' with { type: 'json' };
import { findShape } from './shape-model.ts';
import type { Shape } from './shape-types.ts';

const published = new Map<string, Shape>(Object.entries(dynamodb.shapes) as [string, Shape][]);

test('overrides reorder enums but neither add nor drop a value', () => {
  for (const [name, shape] of published) {
    if (shape.type !== 'string' || shape.enum === undefined) continue;
    const applied = findShape(name);
    assert.ok(applied.type === 'string');
    assert.deepEqual(applied.enum?.toSorted(), shape.enum.toSorted(), name);
  }
});

test('both services mean the same by a shape of one name', () => {
  for (const [name, shape] of Object.entries(streams.shapes)) {
    if (published.has(name)) assert.deepEqual(published.get(name), shape, name);
  }
});
