/** The kinds of shapes that the service models describe requests with. A shape refers to others by their names. */

/** An object with members of its own names. Members stand in the model's order. */
export interface StructureShape {
  readonly type: 'structure';
  readonly required: readonly string[];
  /** The name of each member's shape. */
  readonly members: Readonly<Record<string, string>>;
  /** Where members stand that don't stand in the body. */
  readonly locations?: Readonly<Record<string, 'uri' | 'querystring'>>;
}

/** How an operation is told by method and path. */
export interface HttpBinding {
  readonly method: string;
  /** The path; `{Name}` in it is the input's member of that name. */
  readonly uri: string;
  /** Of an answer that is no error. */
  readonly statusCode: number;
}

export interface ListShape {
  readonly type: 'list';
  /** The name of the elements' shape. */
  readonly member: string;
  readonly min?: number;
  readonly max?: number;
}

/** An object whose keys are the caller's. */
export interface MapShape {
  readonly type: 'map';
  /** The names of the keys' and the values' shapes. */
  readonly key: string;
  readonly value: string;
  readonly min?: number;
  readonly max?: number;
}

export interface StringShape {
  readonly type: 'string';
  /** The least and the greatest length, in UTF-16 code units. */
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression that the whole string must match. */
  readonly pattern?: string;
  /** The values allowed, in the order in which error texts list them. */
  readonly enum?: readonly string[];
  /** A pattern of values that this server takes besides those of the service; error texts don't tell of it. */
  readonly extension?: string;
}

export interface NumberShape {
  readonly type: 'integer' | 'long' | 'double';
  /** The least and the greatest value. */
  readonly min?: number;
  readonly max?: number;
}

/** A value without constraints; blobs travel as base64, timestamps as epoch seconds. */
export interface PlainShape {
  readonly type: 'boolean' | 'blob' | 'timestamp';
}

export type Shape = StructureShape | ListShape | MapShape | StringShape | NumberShape | PlainShape;
