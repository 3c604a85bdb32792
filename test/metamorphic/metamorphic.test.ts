import { test } from 'node:test';
import { chooseSeed } from '../e2e/seed.ts';
import { runEngines } from './engines.ts';

test('random operations are answered alike on SQLite, on PostgreSQL and by a model', async (t) => {
  await runEngines({ seed: chooseSeed(t), runs: 5, commands: 100 });
});
