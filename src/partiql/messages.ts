/**
 * Every text of an error about statements, in one table.
 *
 * The service parses with the open-source PartiQL parser, so what it says of a statement that is not well formed is
 * that parser's: `SYNTAX` has the words of partiql-lang-kotlin. Every other text has its source, or is marked: from
 * memory, where it is what the service is remembered to say, or ours, where no public source is known.
 */

/** How an error of a statement's text begins. */
const NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: ";

/** The text for a statement that can't be parsed, with one of `SYNTAX` in it. */
export function notWellFormedText(detail: string): string {
  return NOT_WELL_FORMED + detail;
}

/** What is wrong with the text of a statement. */
export const SYNTAX = {
  noManipulation: 'Expected data manipulation',
  trailingToken: 'Unexpected token after expression',
  unexpectedTerm: 'Unexpected term',
  unexpectedKeyword: 'Unexpected keyword',
  identifierExpected: 'Expected identifier for simple path',
  invalidDotComponent: 'Invalid path dot component',
  fromExpected: 'Expected FROM after SELECT list',
  fromAfterDelete: 'Expected FROM after DELETE',
  starNotAlone: "Other expressions may not be present in the select list when '*' is used without dot notation.",
  emptyGroup: 'Expression group cannot be empty',
  assignmentExpected: 'Expected assignment for SET',
  returningExpected: 'Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.',
  returningColumns: 'Unsupported syntax in RETURNING columns.',
  typeExpected: 'Expected type name',

  /** Ours, from here on. */
  expected: (symbol: string) => `Expected ${symbol}`,
  unterminatedString: 'Unterminated string literal',
  unterminatedIdentifier: 'Unterminated quoted identifier',
  unknownCharacter: (character: string) => `Unexpected character ${character}`,
  pathComponent: (component: string) => `Unexpected path component ${component}`,
  conditionExpected: 'Expected a condition',
  operandExpected: 'Expected an attribute or a value',
} as const;

/** Errors of statements that parse. */
export const STATEMENT = {
  /** Of INSERT: a transcript of the AWS CLI in helper_AWS-CLI.md of https://github.com/lankahsu520/HelperX. */
  duplicateItem: 'Duplicate primary key exists in table',
  /** These two: https://github.com/floci-io/floci/pull/2953. */
  indexMissing: 'The table does not have the specified index',
  consistentGlobalIndex: 'Strongly consistent read is not supported on Global Secondary Indexes',
  /** https://github.com/aws/aws-sdk-js-v3/issues/4424 */
  tokenMismatch: 'NextToken does not match request',
  /** https://github.com/floci-io/floci/pull/3798 */
  indexInTransaction: 'Reads on indices are not supported within transactions.',
  /** These two are quoted in comments of public programs that sent such statements. */
  keyNotEqual: 'Where clause does not contain a mandatory equality on all key attributes',
  orderNotKey: (name: string) => `Attribute ${name} in ORDER BY clause must be part of the primary key`,
  /** DynamoDbPartiQLHandler.java of https://github.com/floci-io/floci */
  orderWithoutPartitionKey:
    'Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.',

  /** From memory, from here on. */
  parameterCount: "Number of parameters in request and statement don't match.",
  orderWithoutWhere: 'Must have WHERE clause in the statement when using ORDER BY clause.',
  orderWithoutPartition:
    'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.',
  batchKeyMissing: 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.',

  /** Ours, from here on. */
  tokenInvalid: 'Invalid NextToken',
  existsOutsideTransaction: 'EXISTS is only supported in ExecuteTransaction',
  batchMixed: 'BatchExecuteStatement cannot mix read and write statements',
  transactionMixed: 'ExecuteTransaction cannot mix read and write statements',
  returningInTransaction: 'RETURNING is not supported in ExecuteTransaction',
  returningOfDelete: 'Only RETURNING ALL OLD * is supported in DELETE statements',
  attributeRepeated: (name: string) => `Attribute ${name} occurs more than once in one tuple`,
  itemNotTuple: 'The value of an INSERT statement must be a tuple',
  setMixed: 'All members of a set must be of one type: string, number or binary',
  setEmpty: 'Sets must not be empty',
  setExpected: (name: string) => `The second argument of ${name} must be a set`,
  setElsewhere: (name: string) => `${name} must be assigned to the attribute that is its first argument`,
  setActionNested: (name: string) => `${name} must be the whole value of an assignment`,
  unsupportedFunction: (name: string) => `Unsupported function: ${name}`,
  unsupportedOperator: (name: string) => `Unsupported operator: ${name}`,
  unsupportedClause: (name: string) => `Unsupported clause: ${name}`,
  unsupportedType: (name: string) => `Unsupported type: ${name}`,
  aliasUnsupported: 'Aliases are not supported',
  argumentCount: (name: string, count: number) =>
    `Incorrect number of arguments for function: ${name}, number of arguments: ${count}`,
  missingNotEqual: 'MISSING can only be compared with = and <>',
  tooManyNestedPaths: 'The SELECT list has too many paths into values that it has whole',
  writeOnIndex: 'Only tables can be written to',
  tooManyPartitions: (count: number) =>
    `The IN operator is provided with too many hash key values; number of values: ${count}`,
} as const;
