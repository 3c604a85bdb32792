/** The text of an operation's answer, with stored items spliced in as they lie in the store. */

/** JSON text that is already as the caller shall get it, such as a stored item; it is never parsed on its way out. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * An answer's members in order; undefined ones are left out. A member may be a JsonText, or an array that holds
 * some: their texts are spliced into the body. Deeper inside an ordinary value they have no meaning.
 */
export type Answer = { readonly [member: string]: unknown };

/** The JSON body of `answer`. */
export function encodeAnswer(answer: Answer): string {
  let body = '';
  for (const member of Object.keys(answer)) {
    const value = answer[member];
    if (value === undefined) continue;
    body += `${body === '' ? '' : ','}"${member}":${encodeMember(value)}`;
  }
  return `{${body}}`;
}

function encodeMember(value: unknown): string {
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value)) return `[${value.map(encodeMember).join(',')}]`;
  return JSON.stringify(value);
}

/** A member of the given JSON text, left out where there is none. */
export function jsonTextOrAbsent(text: string | undefined): JsonText | undefined {
  return text === undefined ? undefined : new JsonText(text);
}
