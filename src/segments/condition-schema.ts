import { z } from 'zod';
import { isId } from '../domain/ids.ts';
import { readDecimal } from '../domain/money.ts';
import type { SegmentField } from './field.ts';
import { MAX_VALUES, type Operator } from './filter.ts';
import { isDay } from './moments.ts';
import { listOperators } from './operators.ts';

const MAX_TEXT = 200;
const MAX_DAYS = 3650;
const MAX_INT = 2_147_483_647;
const FIRST_YEAR = 1970;
const LAST_YEAR = 2200;

const PERSONAL = /[^\s@]@[^\s@]+\.[^\s@]|^\s*\+[\d\s().-]{9,}$/;

/** Whether a text holds what reads as an e-mail or a phone with its country: segments keep no personal data. */
export const isPersonal = (text: string): boolean => PERSONAL.test(text);

const text = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .refine((value) => !isPersonal(value), 'holds an e-mail or a phone: a filter keeps no personal data');

const money = z
  .string()
  .refine((value) => readDecimal(value) !== null, 'must be a decimal string, like "19.90"');

const integer = z.int().min(-MAX_INT).max(MAX_INT);

const moment = z
  .string()
  .refine(isMoment, 'must be a date, like 2026-11-30, or an RFC 3339 time, like 2026-11-30T12:00:00Z');

const day = moment.refine(isDay, 'must be a date, like 2026-11-30');

function isMoment(value: string): boolean {
  const schema = isDay(value) ? z.iso.date() : z.iso.datetime({ offset: true });
  const year = Number(value.slice(0, 4));
  return schema.safeParse(value).success && year >= FIRST_YEAR && year <= LAST_YEAR;
}

/** The schema of one condition on a field, told apart by its operator. */
export function buildConditionSchema(field: SegmentField) {
  const operators = listOperators(field);
  const [first, ...rest] = operators.map((op) => {
    const value = buildValueSchema(field, op);
    const shape = { field: z.literal(field.name), op: z.literal(op) };
    return value === null ? z.strictObject(shape) : z.strictObject({ ...shape, value });
  });
  if (!first) throw new TypeError(`the field ${field.name} has no operator`);
  return z.discriminatedUnion('op', [first, ...rest], {
    error: (issue) =>
      issue.code === 'invalid_union' ? `must be one of: ${operators.join(', ')}` : undefined,
  });
}

function buildValueSchema(field: SegmentField, op: Operator): z.ZodType | null {
  if (op === 'is_set' || op === 'is_not_set') return null;
  if (op === 'in_last_days' || op === 'not_in_last_days') return z.int().min(1).max(MAX_DAYS);
  if (op === 'contains' || op === 'not_contains' || op === 'starts_with') return text;
  if (op === 'on') return day;
  const one = buildSingleSchema(field);
  if (op === 'between') return buildPairSchema(one, field.type === 'time' ? Date.parse : Number);
  return op === 'in' || op === 'not_in' ? z.array(one).min(1).max(MAX_VALUES) : one;
}

function buildSingleSchema(field: SegmentField): z.ZodType<string | number | boolean> {
  const { form } = field;
  switch (field.type) {
    case 'text':
      return form ? text.refine((value) => form.pattern.test(value), form.message) : text;
    case 'choice':
      return buildChoiceSchema(field);
    case 'id':
      return z.string().refine(isId, 'must be an id');
    case 'flag':
      return z.boolean();
    case 'number':
      return integer;
    case 'money':
      return money;
    case 'time':
      return moment;
  }
}

function buildChoiceSchema({ choices = [] }: SegmentField): z.ZodType<string> {
  const values = choices.map(({ value }) => value);
  return z.enum(values, { error: `must be one of: ${values.join(', ')}` });
}

function buildPairSchema(
  one: z.ZodType<string | number | boolean>,
  measure: (value: string) => number,
): z.ZodType {
  return z
    .tuple([one, one])
    .refine(([low, high]) => !(measure(String(low)) > measure(String(high))), 'ends before it begins');
}
