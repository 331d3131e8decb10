import { z } from 'zod';
import { CATALOGUE, findField } from './catalogue.ts';
import { buildConditionSchema } from './condition-schema.ts';
import type { SegmentField } from './field.ts';
import { type Condition, MAX_CONDITIONS, MAX_DEPTH, type SegmentFilter, type Subject } from './filter.ts';

/** What is wrong with a part of a filter; the path has dots: `all.0.value`. */
export interface FilterError {
  readonly path: string;
  readonly message: string;
}

/** A checked filter, or everything that is wrong with it. */
export type FilterReading =
  | { readonly kind: 'ok'; readonly filter: SegmentFilter }
  | { readonly kind: 'bad'; readonly errors: readonly FilterError[] };

const MAX_ERRORS = 20;
const groupSchemas = {
  all: z.strictObject({ all: z.array(z.unknown()).max(MAX_CONDITIONS) }),
  any: z.strictObject({ any: z.array(z.unknown()).max(MAX_CONDITIONS) }),
  not: z.strictObject({ not: z.unknown() }),
} as const;

interface Reading {
  readonly subject: Subject;
  readonly errors: FilterError[];
  conditions: number;
}

/** Reads what somebody gave as a filter of the subject; fields and operators that are not known are refused by name. */
export function readFilter(value: unknown, subject: Subject): FilterReading {
  const reading: Reading = { subject, errors: [], conditions: 0 };
  const filter = readNode(value, [], reading);
  if (reading.conditions > MAX_CONDITIONS) {
    reading.errors.unshift({ path: '', message: `has more than ${MAX_CONDITIONS} conditions` });
  }
  const { errors } = reading;
  if (filter === null || errors.length > 0) return { kind: 'bad', errors: errors.slice(0, MAX_ERRORS) };
  return { kind: 'ok', filter };
}

/** The steps to a node; each group adds one or two. */
type Path = readonly string[];

function readNode(value: unknown, path: Path, reading: Reading): SegmentFilter | null {
  const depth = path.filter((step) => step in groupSchemas).length + 1;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) return refuse(reading, path, 'must be a group (all, any, not) or a condition');
  const isGroup = 'all' in value || 'any' in value || 'not' in value;
  if (isGroup && depth > MAX_DEPTH) {
    return refuse(reading, path, `groups may be nested ${MAX_DEPTH} deep at most`);
  }
  if ('all' in value) {
    const parts = readParts(groupSchemas.all.safeParse(value), 'all', { path, reading });
    return parts && { all: parts };
  }
  if ('any' in value) {
    const parts = readParts(groupSchemas.any.safeParse(value), 'any', { path, reading });
    return parts && { any: parts };
  }
  if ('not' in value) return readNegation(value, path, reading);
  return readCondition(value, path, reading);
}

function readParts(
  parsed: z.ZodSafeParseResult<{ readonly all: unknown[] } | { readonly any: unknown[] }>,
  name: 'all' | 'any',
  { path, reading }: { readonly path: Path; readonly reading: Reading },
): readonly SegmentFilter[] | null {
  if (!parsed.success) return refuseIssues(reading, path, parsed.error.issues);
  const parts = 'all' in parsed.data ? parsed.data.all : parsed.data.any;
  const read = parts.map((part, index) => readNode(part, [...path, name, String(index)], reading));
  return read.filter((part) => part !== null);
}

function readNegation(value: object, path: Path, reading: Reading): SegmentFilter | null {
  const parsed = groupSchemas.not.safeParse(value);
  if (!parsed.success) return refuseIssues(reading, path, parsed.error.issues);
  const part = readNode(parsed.data.not, [...path, 'not'], reading);
  return part && { not: part };
}

const schemas = new WeakMap<SegmentField, z.ZodType>();

function readCondition(value: object, path: Path, reading: Reading): SegmentFilter | null {
  reading.conditions += 1;
  const name = 'field' in value ? value.field : undefined;
  const field = typeof name === 'string' ? findField(reading.subject, name) : undefined;
  if (!field) {
    const known = CATALOGUE[reading.subject].map((one) => one.name).join(', ');
    const what = typeof name === 'string' ? `"${name.slice(0, 60)}" is no field` : 'names no field';
    return refuse(reading, [...path, 'field'], `${what} of ${reading.subject}; there are: ${known}`);
  }
  const schema = schemas.get(field) ?? buildConditionSchema(field);
  schemas.set(field, schema);
  const parsed = schema.safeParse(value);
  if (!parsed.success) return refuseIssues(reading, path, parsed.error.issues);
  return parsed.data as Condition;
}

function refuse(reading: Reading, path: Path, message: string): null {
  reading.errors.push({ path: path.join('.'), message });
  return null;
}

function refuseIssues(reading: Reading, path: Path, issues: readonly z.core.$ZodIssue[]): null {
  for (const issue of issues) {
    const steps = [...path, ...issue.path.map(String)];
    if (issue.code !== 'unrecognized_keys') refuse(reading, steps, issue.message);
    else for (const key of issue.keys) refuse(reading, [...steps, key], 'There is no such field.');
  }
  return null;
}
