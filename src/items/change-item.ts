/** What a write makes of its item, and what it answers of it. */
import { applyUpdate } from '../expressions/apply-update.ts';
import type { Update } from '../expressions/ast.ts';
import { UPDATE } from '../expressions/messages.ts';
import { projectItem } from '../expressions/project.ts';
import { validationError } from '../foundation/errors.ts';
import { LIMITS } from '../foundation/limits.ts';
import { type Item, validateNestingLevels } from '../values/attribute-value.ts';
import { itemSizeBytes } from '../values/size.ts';
import { decodeStoredItem, itemFromJson } from '../values/stored-item.ts';

/** Which attributes of the item an action returns. */
export type ReturnValues = 'NONE' | 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW';

/** What becomes of the item with the key `key`. */
export type ItemChange = { readonly key: Uint8Array } & (
  | { readonly kind: 'put'; readonly json: string; readonly sizeBytes: number }
  /** `keyJson` is the item that an update of a missing one starts from: its key attributes. */
  | { readonly kind: 'update'; readonly keyJson: string; readonly update?: Update | undefined }
  | { readonly kind: 'delete' }
  /** Nothing: only the action's condition counts. */
  | { readonly kind: 'check' }
);

/** An item before or after an action, parsed only when something looks inside. */
export interface ItemState {
  readonly json: string;
  readonly sizeBytes: number;
  readonly version: number;
  attributes(): Item;
}

/** The item that `stored` holds. Throws if it can't be read. */
export function readState(stored: Uint8Array): ItemState {
  const { json, sizeBytes, version } = decodeStoredItem(stored);
  return makeState(json, sizeBytes, version);
}

function makeState(json: string, sizeBytes: number, version: number, known?: Item): ItemState {
  let parsed = known;
  return { json, sizeBytes, version, attributes: () => (parsed ??= itemFromJson(json)) };
}

interface Change {
  /** Undefined where the item is gone. */
  readonly after: ItemState | undefined;
  /** The JSON of the attributes that the action returns. */
  readonly returned: string | undefined;
}

/**
 * What `action` makes of the item `before`, undefined being that there is none. Throws the ValidationException for an
 * update that can't be applied.
 */
export function changeItem(
  action: ItemChange & { readonly returnValues?: ReturnValues | undefined },
  before: ItemState | undefined,
  nowMs: number,
): Change {
  const version = nextVersion(before, nowMs);
  const oldJson = action.returnValues === 'ALL_OLD' ? before?.json : undefined;
  if (action.kind === 'put') return { after: makeState(action.json, action.sizeBytes, version), returned: oldJson };
  if (action.kind === 'delete') return { after: undefined, returned: oldJson };
  if (action.kind === 'check') return { after: before, returned: undefined };

  const start = before?.attributes() ?? itemFromJson(action.keyJson);
  if (action.update === undefined) {
    const json = before?.json ?? action.keyJson;
    const after = makeState(json, before?.sizeBytes ?? itemSizeBytes(start), version, start);
    return { after, returned: action.returnValues === 'ALL_NEW' ? json : oldJson };
  }
  const { item, touched } = applyUpdate(action.update, start);
  if (before === undefined && onlyRemoves(action.update)) return { after: undefined, returned: undefined };
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > LIMITS.itemSizeBytes) throw validationError(UPDATE.tooLarge);
  validateNestingLevels(item);
  const after = makeState(JSON.stringify(item), sizeBytes, version, item);
  switch (action.returnValues) {
    case 'ALL_NEW':
      return { after, returned: after.json };
    case 'UPDATED_OLD':
      return { after, returned: before && nonEmptyJson(projectItem(touched, start)) };
    case 'UPDATED_NEW':
      return { after, returned: nonEmptyJson(projectItem(touched, item)) };
    default:
      return { after, returned: oldJson };
  }
}

/**
 * Whether an update can only take away. Such an update of a missing item leaves it missing, where any other one, an
 * empty one too, creates it. Source: what AttributeValueUpdate says of DELETE in the API reference ("Nothing
 * happens"), and public comparisons with the service.
 */
function onlyRemoves({ actions }: Update): boolean {
  return actions.every(({ kind }) => kind === 'remove' || kind === 'delete');
}

/** Grows with each write, across deletion too as long as the clock does not go back. */
function nextVersion(before: ItemState | undefined, nowMs: number): number {
  return Math.max((before?.version ?? 0) + 1, nowMs * 1_000);
}

function nonEmptyJson(item: Item): string | undefined {
  return Object.keys(item).length === 0 ? undefined : JSON.stringify(item);
}
