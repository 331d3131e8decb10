const UNSTORABLE = /\0|\p{Surrogate}/gu;

/** Text that PostgreSQL takes as text and as JSON: at most `limit` UTF-16 units, without NUL and lone surrogates. */
export function buildStorableText(text: string, limit: number): string {
  const cut = text.length > limit ? text.slice(0, limit) : text;
  return cut.includes('\0') || !cut.isWellFormed() ? cut.replace(UNSTORABLE, '') : cut;
}
