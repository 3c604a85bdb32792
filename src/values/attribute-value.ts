/**
 * Attribute values as the API's own JSON writes them, and the one place where a caller's JSON becomes one.
 *
 * Inside the program an AttributeValue is always canonical: numbers in canonical text, binary in canonical base64, sets
 * without duplicates and never empty. `parseAttributeValue` and `parseItem` make them so or throw DynamoDB's error.
 */

/** One value of any type: exactly one member, named by its type. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

/** Attributes by name. Made with a null prototype, so that every name, `__proto__` too, is an ordinary one. */
export type Item = { readonly [attributeName: string]: AttributeValue };

/** The descriptor of a type, as `attribute_type` and error texts name it. */
export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';
