import type { SegmentField } from './field.ts';
import { BOT_USER_FIELDS } from './fields/bot-user-fields.ts';
import { LEAD_FIELDS } from './fields/lead-fields.ts';
import { VISITOR_FIELDS } from './fields/visitor-fields.ts';
import type { Subject } from './filter.ts';

/** The fields of each subject, in the order in which a screen shows them. */
export const CATALOGUE: Readonly<Record<Subject, readonly SegmentField[]>> = {
  bot_users: BOT_USER_FIELDS,
  leads: LEAD_FIELDS,
  visitors: VISITOR_FIELDS,
};

const BY_NAME = new Map(
  Object.entries(CATALOGUE).map(([subject, fields]) => [
    subject,
    new Map(fields.map((field) => [field.name, field])),
  ]),
);

/** The field of that name; undefined if the subject has none. */
export const findField = (subject: Subject, name: string): SegmentField | undefined =>
  BY_NAME.get(subject)?.get(name);
