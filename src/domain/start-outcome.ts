/** Why a /start did or did not match; stable words of `bot_starts.outcome` that the trace explains. */
export type StartOutcome =
  | 'matched_token'
  | 'matched_fbclid'
  | 'matched_known_fbclid'
  | 'unknown_token'
  | 'foreign_token'
  | 'unknown_fbclid'
  | 'unknown_payload'
  | 'no_payload';
