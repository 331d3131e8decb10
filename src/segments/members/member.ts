import type { Kysely } from 'kysely';
import type { Database } from '../../io/database.gen.ts';
import type { Vault } from '../../io/vault.ts';
import type { Label } from '../field.ts';
import type { MemberQuestion } from '../segment-query.ts';

/** What a cell of a member holds. */
export type Cell = string | number | boolean | null;

/** A place in the list of members. */
export interface MemberPlace {
  /** A moment as the database writes it; null where the id alone orders. */
  readonly at: string | null;
  readonly id: string;
}

/** One person of a segment. Personal columns are in the clear: show them by `showMember`. */
export interface Member {
  readonly id: string;
  readonly place: MemberPlace;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** A column of the members, in the order of the files. */
export interface MemberColumn {
  readonly name: string;
  readonly label: Label;
  /** Hides a personal value; absent where there is nothing personal. */
  readonly mask?: (text: string) => string;
}

/** What the members of a subject are read with. */
export interface MemberParts {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
}

/** Which members: those after a place, in the list's order. */
export interface MemberPage {
  readonly after?: MemberPlace | undefined;
  readonly limit: number;
}

/** Reads members of one subject. */
export type ListMembers = (
  parts: MemberParts,
  question: MemberQuestion,
  page: MemberPage,
) => Promise<readonly Member[]>;

/** How the members of a subject are shown and written down. */
export interface MemberKind {
  readonly columns: readonly MemberColumn[];
  readonly list: ListMembers;
  /** Under which kind looks at a member go to the access log; null where nothing in it is personal. */
  readonly accessKind: 'lead' | 'bot_user' | null;
}

/** A column without anything personal. */
export const column = (name: string, en: string, pt: string): MemberColumn => ({ name, label: { en, pt } });

/** The ad that somebody came by, as all who came by one have it. */
export const UTM_COLUMNS: readonly MemberColumn[] = [
  column('utm_source', 'Source', 'Origem'),
  column('utm_medium', 'Medium', 'Mídia'),
  column('utm_campaign', 'Campaign', 'Campanha'),
  column('utm_id', 'Campaign id', 'Id da campanha'),
  column('utm_term', 'Term', 'Termo'),
  column('utm_content', 'Content', 'Conteúdo'),
];

/** A moment as a cell. */
export const momentCell = (at: Date | null): string | null => at?.toISOString() ?? null;
