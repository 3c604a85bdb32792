/**
 * Sends statements to PostgreSQL in one round trip, and decodes what comes back.
 *
 * They go through `pg` as a query of our own kind, as its cursors do: all statements of a batch are written at once, with
 * one `Sync` behind the last, so that the server skips the rest of a batch when one fails. No statement of a transaction
 * can run outside of it because its BEGIN has failed. Rows come without a description, for statements.ts tells what
 * their columns are.
 */
import { RowDecodingError } from './errors.ts';
import type { Parameter } from './parameters.ts';
import type { Statement } from './statements.ts';

/** One statement to run, with its parameters. */
export interface Call<Row extends readonly unknown[] = readonly unknown[]> {
  readonly statement: Statement<Row>;
  readonly parameters: readonly Parameter[];
}

/** `statement` with `parameters`, to be sent in a batch. */
export function call<Row extends readonly unknown[]>(
  statement: Statement<Row>,
  ...parameters: readonly Parameter[]
): Call<Row> {
  return { statement, parameters };
}

/** The rows of each call, in the order of the calls. */
export type Results<Calls extends readonly Call[]> = {
  -readonly [Index in keyof Calls]: Calls[Index] extends Call<infer Row> ? Row[] : never;
};

/** What `pg` gives its queries to write to: the part of its Connection that we use. */
interface Wire {
  /** The texts of the statements that the server has by name. */
  readonly parsedStatements: Record<string, string>;
  readonly stream: { cork(): void; uncork(): void };
  close(message: { type: 'S'; name: string }): void;
  parse(message: { name: string; text: string }): void;
  bind(message: { statement: string; values: readonly Parameter[] }): void;
  execute(message: null): void;
  sync(): void;
}

/** A query for `Client.query`, which calls its methods. */
export interface Batch {
  /** `pg` wraps it to watch over the time it takes. */
  callback: (error: Error | null) => void;
  submit(wire: unknown): void;
}

/** A batch of `calls`; `settle` is called once, with what went wrong or the decoded rows. */
export function createBatch(
  calls: readonly Call[],
  settle: (error: Error | undefined, results: readonly unknown[][][]) => void,
): Batch {
  const results: unknown[][][] = calls.map(() => []);
  let current = 0;
  let wire: Wire | undefined;
  let fault: Error | undefined;
  return {
    callback: (error: Error | null) => settle(error ?? fault, results),
    submit(connection: unknown) {
      wire = connection as Wire;
      wire.stream.cork();
      for (const { statement, parameters } of calls) send(wire, statement, parameters);
      wire.sync();
      wire.stream.uncork();
    },
    handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }) {
      const { statement } = calls[current] as Call;
      try {
        results[current]?.push(decodeRow(statement.columns, fields));
      } catch (error) {
        fault ??= new RowDecodingError(statement.name, error);
      }
    },
    handleCommandComplete() {
      current += 1;
    },
    handleReadyForQuery() {
      for (const { statement } of calls) if (wire) wire.parsedStatements[statement.name] = statement.text;
      this.callback(null);
    },
    handleError(error: Error) {
      this.callback(error);
    },
  } as Batch & Handlers;
}

/** What `pg` calls when the server's messages arrive. An error's comes instead of ReadyForQuery's. */
interface Handlers {
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void;
  handleCommandComplete(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

/** Where it isn't known that the server has the statement, one that it may have goes first. */
function send(wire: Wire, { name, text }: Statement, values: readonly Parameter[]): void {
  if (wire.parsedStatements[name] === undefined) {
    wire.close({ type: 'S', name });
    wire.parse({ name, text });
  }
  wire.bind({ statement: name, values });
  wire.execute(null);
}

function decodeRow(columns: Statement['columns'], fields: readonly (string | null)[]): unknown[] {
  const row: unknown[] = [];
  for (let i = 0; i < columns.length; i += 1) row.push(columns[i]?.(fields[i] as string | null));
  return row;
}
