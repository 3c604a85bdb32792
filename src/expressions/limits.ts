/** The limits of expressions. Source: "Expression parameters" under "Quotas and limits" in the developer guide. */
export const EXPRESSION_LIMITS = {
  /** Of one expression's text as sent, in UTF-8. */
  textSizeBytes: 4_096,
  /** Operators and functions in one expression. */
  operators: 300,
  /** What follows IN. */
  candidates: 100,
  /** Elements of one document path. */
  pathElements: 32,
  /** The last list index that may be written. */
  listIndex: 4_294_967_294,
  /** Of a placeholder with its `#` or `:`. */
  placeholderSizeBytes: 255,
  /** Of all names and values that a request's placeholders stand for. */
  substitutionSizeBytes: 2_097_152,
} as const;
