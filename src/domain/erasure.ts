/** A kind of identifier by which a person may come back. */
export type IdentifierKind = 'token' | 'session' | 'telegram' | 'email' | 'phone' | 'external';

/** One identifier of a person; the workspace is null where the fact does not name it. */
export interface Identifier {
  readonly workspaceId: string | null;
  readonly kind: IdentifierKind;
  /** In its normalised form. */
  readonly value: string;
}

/** The rows of one person in one workspace. */
export interface SubjectRows {
  readonly workspaceId: string;
  readonly tokens: readonly string[];
  readonly sessionIds: readonly string[];
  readonly telegramUserIds: readonly string[];
  readonly botUserIds: readonly string[];
  readonly leadIds: readonly string[];
  readonly paymentIds: readonly string[];
  readonly conversionIds: readonly string[];
}

/**
 * An erasure: whose rows, and the names made by chance that take the place of the person's identifiers. What belonged
 * together still does, so that sums and campaigns stay right; whose it was, nobody can tell.
 */
export interface Erasure {
  readonly rows: SubjectRows;
  readonly at: Date;
  readonly tokens: ReadonlyMap<string, string>;
  readonly sessions: ReadonlyMap<string, string>;
  /** Telegram user ids; the new ones are below zero, where Telegram has no person. */
  readonly people: ReadonlyMap<string, string>;
}
