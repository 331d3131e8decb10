/** SQLSTATE classes that blame the values: data exception, integrity violation, limit exceeded. */
const BLAMES_VALUES = /^(?:22|23|54)[0-9A-Z]{3}$/;

/** Whether folding failed because of what a record holds, so that trying again cannot help. */
export function isRecordError(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return BLAMES_VALUES.test(readCode(error));
}

/** Whether a row had no partition: one was dropped after it was seen. Every other check violation names its constraint. */
export function isMissingPartition(error: unknown): boolean {
  const isNamed = error instanceof Error && 'constraint' in error && typeof error.constraint === 'string';
  return readCode(error) === '23514' && !isNamed;
}

/** The database's or the system's code of an error; empty if it has none. */
export function readCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
