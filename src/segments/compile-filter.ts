import { type Expression, type SqlBool, sql } from 'kysely';
import { findField } from './catalogue.ts';
import { compileCondition, negate } from './compile-condition.ts';
import type { SegmentFilter, Subject } from './filter.ts';
import type { Calendar } from './moments.ts';

/** A checked filter as one SQL condition over the member's row `m`. */
export function compileFilter(
  filter: SegmentFilter,
  subject: Subject,
  calendar: Calendar,
): Expression<SqlBool> {
  if ('not' in filter) return negate(compileFilter(filter.not, subject, calendar));
  if ('all' in filter) {
    const parts = filter.all.map((part) => compileFilter(part, subject, calendar));
    return parts.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(parts, sql` and `)})`;
  }
  if ('any' in filter) {
    const parts = filter.any.map((part) => compileFilter(part, subject, calendar));
    return parts.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(parts, sql` or `)})`;
  }
  const field = findField(subject, filter.field);
  // The schema lets no other through; a segment that was saved by another version must not find everybody.
  if (!field) throw new TypeError(`${subject} have no field ${filter.field}`);
  return compileCondition(filter, field, calendar);
}
