import { z } from 'zod';
import { isPersonal } from '../segments/condition-schema.ts';
import { MAX_CONDITIONS, MAX_DEPTH, type SegmentFilter, SUBJECTS, type Subject } from '../segments/filter.ts';
import { readFilter } from '../segments/read-filter.ts';
import type { Segment } from '../segments/segment-row.ts';
import { textField, timeField } from './fields.ts';
import { badFields, type Problem } from './problem.ts';

const FILTER_HELP = `Groups \`{"all": […]}\`, \`{"any": […]}\`, \`{"not": …}\`, nested ${MAX_DEPTH} deep at most, over conditions \`{"field", "op", "value"}\`, ${MAX_CONDITIONS} at most. \`{"all": []}\` is everybody. Fields and operators: \`GET /api/v1/segments/fields\`.`;

/** Whom a segment is about. */
export const subjectField = z.enum(SUBJECTS).describe('Whom the filter is over.');

/** A filter as it is given: which fields it may have follows from the subject, so it is read by \`readFilterField\`. */
export const filterField = z.record(z.string(), z.unknown()).describe(FILTER_HELP);

/** A segment's name: no place for personal data either. */
export const segmentNameField = textField(120).refine(
  (name) => !isPersonal(name),
  'holds an e-mail or a phone: a segment keeps no personal data',
);

/** A segment in an answer. */
export const segmentSchema = z
  .object({
    segment_id: z.string(),
    name: z.string(),
    subject: z.enum(SUBJECTS),
    filter: z.record(z.string(), z.unknown()).describe(FILTER_HELP),
    created_at: timeField,
    updated_at: timeField,
  })
  .meta({ id: 'Segment', description: 'A saved filter over people; it holds no people.' });

/** Writes a segment for an answer. */
export const buildSegment = (segment: Segment): z.infer<typeof segmentSchema> => ({
  segment_id: segment.segmentId,
  name: segment.name,
  subject: segment.subject,
  filter: { ...segment.filter },
  created_at: segment.createdAt.toISOString(),
  updated_at: segment.updatedAt.toISOString(),
});

/** A checked filter, or the answer that names what is wrong with it. */
export type FilterField =
  | { readonly kind: 'ok'; readonly filter: SegmentFilter }
  | { readonly kind: 'bad'; readonly problem: Problem };

/** Reads the field `filter` of a body. */
export function readFilterField(value: unknown, subject: Subject): FilterField {
  const reading = readFilter(value, subject);
  if (reading.kind === 'ok') return reading;
  const errors = reading.errors.map(({ path, message }) => ({
    path: path === '' ? 'filter' : `filter.${path}`,
    message,
  }));
  return { kind: 'bad', problem: badFields(errors) };
}
