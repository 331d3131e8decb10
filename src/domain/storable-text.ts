const UNSTORABLE = /\0|\p{Surrogate}/gu;

/** Text that PostgreSQL takes as text and as JSON: at most `limit` UTF-16 units, without NUL and lone surrogates. */
export function buildStorableText(text: string, limit: number): string {
  const cut = text.length > limit ? text.slice(0, limit) : text;
  return cut.includes('\0') || !cut.isWellFormed() ? cut.replace(UNSTORABLE, '') : cut;
}

/** As `buildStorableText`, and at most `limitBytes` of UTF-8: for columns with an index, whose entries have a limit. */
export function buildIndexableText(text: string, limit: number, limitBytes: number): string {
  const storable = buildStorableText(text, limit);
  if (storable.length * 3 <= limitBytes || Buffer.byteLength(storable) <= limitBytes) return storable;
  return buildStorableText(storable, Math.floor(limitBytes / 3));
}
