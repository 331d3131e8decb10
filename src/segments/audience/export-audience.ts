import { buildCsvLine } from '../../io/csv-table.ts';
import { type Access, recordAccess } from '../../leads/access-log.ts';
import { buildCsvCell } from '../csv-cell.ts';
import { PAGE_SIZE } from '../export-members.ts';
import type { MemberParts, MemberPlace } from '../members/member.ts';
import type { Looking } from '../members/members.ts';
import type { MemberQuestion } from '../segment-query.ts';
import { AUDIENCE_SHAPES, type AudienceFormat } from './audience-format.ts';
import { type AudienceSubject, listAudience } from './audience-people.ts';

/** An export of a segment for an ad platform, and on whose behalf. */
export interface AudienceExport {
  readonly subject: AudienceSubject;
  readonly format: AudienceFormat;
  readonly question: MemberQuestion;
  readonly looking: Looking;
}

/**
 * A platform's customer list as pieces of text, page by page; who did not agree to ads is not in it. Each person that goes
 * out is in the access log before, with the platform's name among the fields.
 */
export async function* exportAudience(parts: MemberParts, wish: AudienceExport): AsyncGenerator<string> {
  const shape = AUDIENCE_SHAPES[wish.format];
  // No mark of UTF-8: the platforms would read it as a part of the first header.
  let head = `${buildCsvLine(shape.header, ',')}\n`;
  let after: MemberPlace | undefined;
  for (;;) {
    const people = await listAudience(parts, wish, { after, limit: PAGE_SIZE });
    const built = people.flatMap(({ id, match }) => {
      const cells = shape.build(match);
      return cells === null ? [] : [{ id, cells }];
    });
    await recordAccess(
      parts.db,
      built.map(({ id, cells }) => buildAccess(wish, id, cells)),
    );
    const lines = built.map(({ cells }) => `${buildCsvLine(cells.map(buildCsvCell), ',')}\n`);
    const piece = head + lines.join('');
    if (piece !== '') yield piece;
    head = '';
    if (people.length < PAGE_SIZE) return;
    after = people.at(-1)?.place;
  }
}

function buildAccess(
  { looking, subject, format }: AudienceExport,
  id: string,
  cells: readonly string[],
): Access {
  const names = AUDIENCE_SHAPES[format].header.filter((_, index) => cells[index] !== '');
  return {
    ...looking,
    subjectKind: subject === 'leads' ? 'lead' : 'bot_user',
    subjectId: id,
    fields: names.map((name) => `${format} audience: ${name}`),
  };
}
