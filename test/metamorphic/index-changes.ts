/** UpdateTable that creates or deletes a global index, with writes while it does, and what is then there. */
import { changeSchema, findNamedTable } from './database.ts';
import { describeCreation, describeTable } from './describe-schema.ts';
import type { Draw } from './draw.ts';
import { modelledError, validationError } from './errors.ts';
import { drawBatchWrite, drawDelete, drawPut, drawUpdateItem } from './item-writes.ts';
import { type Operation, type Target, operationOf } from './operation.ts';
import { drawScanOf } from './random-readings.ts';
import { drawGlobalIndex } from './random-schemas.ts';
import { type IndexSchema, type Schema, indexesOf } from './schemas.ts';
import type { Step } from './steps.ts';
import { drawTransactWrite } from './transactions.ts';

const NAMES = ['global', 'hash', 'added.1', 'added_2'];
const INDEXES_MAX = 4;
const WRITES_MAX = 15;

/** A change of the table, which must be what it is taken to be; items before and a look after where an index comes. */
export function drawIndexChange(draw: Draw, { table, schema }: Target): readonly Step[] {
  const { global = [] } = schema;
  const name = draw.oneOf([...NAMES, ...global.map((index) => index.name)]);
  if (global.length >= INDEXES_MAX || draw.once(3)) {
    return [{ kind: 'indexChange', table, change: deleteIndexOperation(table, name), writes: [] }];
  }
  const index = drawGlobalIndex(draw, schema, name);
  const changed: Target = { table, schema: withIndex(schema, index) };
  const writes = draw.upTo(WRITES_MAX, () => withoutCapacity(draw.oneOf(WRITES)(draw, changed)));
  const items = draw.upTo(2, () => drawBatchWrite(draw, [changed]));
  return [
    ...items.map((operation): Step => ({ kind: 'operation', operation })),
    { kind: 'indexChange', table, change: createIndexOperation(table, schema, index), writes },
    { kind: 'reading', readings: [drawScanOf(draw, changed, index)] },
    { kind: 'counts' },
  ];
}

const WRITES: readonly ((draw: Draw, target: Target) => Operation)[] = [
  drawPut,
  drawUpdateItem,
  drawDelete,
  (draw, target) => drawBatchWrite(draw, [target]),
  (draw, target) => drawTransactWrite(draw, [target]),
];

/** What a write takes depends on whether the index that is being built has the item already. */
function withoutCapacity({ name, input, run }: Operation): Operation {
  return {
    name,
    input: { ...input, ReturnConsumedCapacity: undefined },
    run(database, given) {
      const { status, body } = run(database, given);
      const { ConsumedCapacity: _, ...members } = body as Readonly<Record<string, unknown>>;
      return { status, body: members };
    },
  };
}

function withIndex(schema: Schema, index: IndexSchema): Schema {
  return { ...schema, global: [...(schema.global ?? []), index] };
}

function createIndexOperation(table: string, taken: Schema, index: IndexSchema): Operation {
  return operationOf('UpdateTable', describeCreation(table, taken, index), (database) => {
    const { schema } = findNamedTable(database, table);
    if (indexesOf(schema).some(({ name }) => name === index.name)) {
      throw validationError('Attempting to create an index which already exists');
    }
    const changed = withIndex(schema, index);
    changeSchema(database, table, changed);
    return { TableDescription: describeTable(table, changed, 'UPDATING', { name: index.name, status: 'CREATING' }) };
  });
}

function deleteIndexOperation(table: string, name: string): Operation {
  const input = { TableName: table, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: name } }] };
  return operationOf('UpdateTable', input, (database) => {
    const { schema } = findNamedTable(database, table);
    const global = schema.global ?? [];
    if (global.every((index) => index.name !== name)) {
      const text = `Requested resource not found: Index ${name} for table ${table}`;
      throw modelledError('ResourceNotFoundException', text);
    }
    changeSchema(database, table, { ...schema, global: global.filter((index) => index.name !== name) });
    return { TableDescription: describeTable(table, schema, 'UPDATING', { name, status: 'DELETING' }) };
  });
}
