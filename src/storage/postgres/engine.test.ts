import { openTestDatabase } from '../../../test/postgres.ts';
import { testStorageConformance } from '../conformance.ts';
import { RESIDENT_SPACE } from '../conformance-procedures.ts';
import { openPostgresEngine } from './engine.ts';
import { openPostgresStorage, type PostgresAttachment } from './storage.ts';

testStorageConformance('PostgreSQL', async () => {
  const { url, drop } = await openTestDatabase();
  const open = () => openPostgresStorage({ url, residentSpaces: [RESIDENT_SPACE] });
  let storage = await open();
  return {
    engine: async () => openPostgresEngine(storage.attach().attachment as PostgresAttachment),
    reopen: async () => {
      await storage.close();
      storage = await open();
    },
    close: async () => {
      await storage.close();
      await drop();
    },
  };
});
