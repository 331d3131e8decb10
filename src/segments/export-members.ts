import { buildCsvLine } from '../io/csv-table.ts';
import { buildCsvCell } from './csv-cell.ts';
import type { Subject } from './filter.ts';
import type { MemberParts } from './members/member.ts';
import { type Looking, MEMBER_KINDS, recordLooks, showMember } from './members/members.ts';
import type { MemberQuestion } from './segment-query.ts';

/** People a query; a page of them is in memory at a time, whatever the size of the segment. */
export const PAGE_SIZE = 500;

/** Excel takes a file for UTF-8 only with this mark. */
const BYTE_ORDER_MARK = '\uFEFF';
const LINE_END = '\r\n';

/** An export of members, and on whose behalf. */
export interface MemberExport {
  readonly subject: Subject;
  readonly question: MemberQuestion;
  readonly looking: Looking;
  /** Personal columns are written in the clear. */
  readonly isClear: boolean;
  readonly separator: ',' | ';';
  /** Told after each page how many people were written so far. */
  readonly onProgress?: (people: number) => void;
}

/** The file as pieces of text, read page by page as fast as they are taken; each page is in the access log before it is given out. */
export async function* exportMembers(parts: MemberParts, wish: MemberExport): AsyncGenerator<string> {
  const kind = MEMBER_KINDS[wish.subject];
  const buildLine = (cells: readonly string[]): string => `${buildCsvLine(cells, wish.separator)}${LINE_END}`;
  let head = `${BYTE_ORDER_MARK}${buildLine(kind.columns.map(({ name }) => name))}`;
  let people = 0;
  let after: Parameters<typeof kind.list>[2]['after'];
  for (;;) {
    const members = await kind.list(parts, wish.question, { after, limit: PAGE_SIZE });
    await recordLooks(parts.db, { ...wish.looking, isClear: wish.isClear }, { kind, members });
    const lines = members.map((member) => {
      const shown = showMember(kind, member, wish.isClear);
      return buildLine(kind.columns.map(({ name }) => buildCsvCell(shown[name])));
    });
    const piece = head + lines.join('');
    if (piece !== '') yield piece;
    head = '';
    people += members.length;
    wish.onProgress?.(people);
    if (members.length < PAGE_SIZE) return;
    after = members.at(-1)?.place;
  }
}
