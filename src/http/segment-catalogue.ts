import { z } from 'zod';
import { CATALOGUE } from '../segments/catalogue.ts';
import type { Label, SegmentField } from '../segments/field.ts';
import { type Operator, SUBJECTS, type Subject } from '../segments/filter.ts';
import { MEMBER_KINDS } from '../segments/members/members.ts';
import { listOperators, OPERATOR_LABELS } from '../segments/operators.ts';

const labelSchema = z.object({ en: z.string(), pt: z.string() });

/** What there is to filter by, for a screen that draws it. */
export const catalogueSchema = z
  .object({
    subjects: z.array(
      z.object({
        subject: z.enum(SUBJECTS),
        label: labelSchema,
        fields: z.array(
          z.object({
            name: z.string(),
            type: z.enum(['text', 'choice', 'id', 'flag', 'number', 'money', 'time']),
            group: z.string(),
            label: labelSchema,
            operators: z.array(
              z.object({
                op: z.string(),
                label: labelSchema,
                value: z
                  .enum(['none', 'one', 'list', 'pair', 'days'])
                  .describe(
                    'What stands in `value`: nothing, one value, a list, two values, a number of days.',
                  ),
              }),
            ),
            choices: z.array(z.object({ value: z.string(), label: labelSchema })).nullable(),
          }),
        ),
        columns: z
          .array(z.object({ name: z.string(), label: labelSchema, is_personal: z.boolean() }))
          .describe('The columns of `members` and `export.csv`.'),
      }),
    ),
    groups: z.array(z.object({ group: z.string(), label: labelSchema })),
  })
  .meta({ id: 'SegmentFields', description: 'Fields, operators and choices, labelled in both languages.' });

const SUBJECT_LABELS: Readonly<Record<Subject, Label>> = {
  bot_users: { en: 'People in bots', pt: 'Pessoas nos bots' },
  leads: { en: 'Leads', pt: 'Leads' },
  visitors: { en: 'Visitors', pt: 'Visitantes' },
};

const GROUP_LABELS: Readonly<Record<SegmentField['group'], Label>> = {
  place: { en: 'Place', pt: 'Local' },
  device: { en: 'Device', pt: 'Aparelho' },
  origin: { en: 'Origin', pt: 'Origem' },
  quality: { en: 'Quality', pt: 'Qualidade' },
  purchase: { en: 'Purchases', pt: 'Compras' },
  stage: { en: 'Sale', pt: 'Venda' },
  consent: { en: 'Consent', pt: 'Consentimento' },
  activity: { en: 'Activity', pt: 'Atividade' },
};

/** The whole catalogue as an answer. */
export function buildCatalogue(): z.infer<typeof catalogueSchema> {
  return {
    subjects: SUBJECTS.map((subject) => ({
      subject,
      label: SUBJECT_LABELS[subject],
      fields: CATALOGUE[subject].map(buildField),
      columns: MEMBER_KINDS[subject].columns.map(({ name, label, mask }) => ({
        ...{ name, label },
        is_personal: mask !== undefined,
      })),
    })),
    groups: Object.entries(GROUP_LABELS).map(([group, label]) => ({ group, label })),
  };
}

function buildField(field: SegmentField) {
  const operators = listOperators(field).map((op) => ({
    op,
    label: OPERATOR_LABELS[op],
    value: readArity(op),
  }));
  const choices = field.choices?.map(({ value, label }) => ({ value, label })) ?? null;
  return { name: field.name, type: field.type, group: field.group, label: field.label, operators, choices };
}

function readArity(op: Operator): 'none' | 'one' | 'list' | 'pair' | 'days' {
  if (op === 'is_set' || op === 'is_not_set') return 'none';
  if (op === 'in' || op === 'not_in') return 'list';
  if (op === 'between') return 'pair';
  return op === 'in_last_days' || op === 'not_in_last_days' ? 'days' : 'one';
}
