import fc from 'fast-check';
import { ODD_NUMBERS, oddText, oddValue } from './odd-values.ts';

/** A JSON Schema as the description of the API writes it. */
export interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a body is built with. */
export interface BodyOptions {
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Values that stand for a field of this name, by which a body gets further than its first check. */
  readonly good: (name: string) => readonly unknown[];
}

const GOOD = { weight: 3 } as const;
const ODD = { weight: 1 } as const;

/** Bodies of the schema's shape; about every fourth field is odd or of another kind. */
export function bodiesOf(schema: Schema, options: BodyOptions, name = '', depth = 0): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    const target = options.schemas[schema.$ref.split('/').at(-1) ?? ''];
    return target === undefined || depth > 8 ? oddValue : bodiesOf(target, options, name, depth + 1);
  }
  const shaped = shapeOf(schema, options, name, depth);
  return depth === 0
    ? fc.oneof({ weight: 12, arbitrary: shaped }, { ...ODD, arbitrary: oddValue })
    : fc.oneof({ weight: 6, arbitrary: shaped }, { ...ODD, arbitrary: oddValue });
}

function shapeOf(schema: Schema, options: BodyOptions, name: string, depth: number): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => bodiesOf(one, options, name, depth + 1)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const good = options.good(name);
  const kind = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  if (kind === 'object' && schema.properties) return recordOf(schema, options, depth);
  if (good.length > 0) return fc.oneof({ ...GOOD, arbitrary: fc.constantFrom(...good) }, oddOf(kind));
  if (kind === 'array') {
    const item = bodiesOf(schema.items ?? {}, options, name, depth + 1);
    return fc.array(item, { minLength: schema.minItems ?? 0, maxLength: 3 });
  }
  if (kind === 'string') return fc.oneof({ ...GOOD, arbitrary: oddText }, fc.uuid());
  if (kind === 'integer')
    return fc.oneof(fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 9 }), oddOf(kind));
  return oddOf(kind);
}

function oddOf(kind: string | undefined): fc.Arbitrary<unknown> {
  if (kind === 'string') return oddText;
  if (kind === 'integer' || kind === 'number') return fc.constantFrom(...ODD_NUMBERS);
  if (kind === 'boolean') return fc.boolean();
  if (kind === 'object') return fc.dictionary(oddText, oddValue, { maxKeys: 3 });
  return oddValue;
}

function recordOf(schema: Schema, options: BodyOptions, depth: number): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [name, bodiesOf(field, options, name, depth + 1)] as const,
  );
  const requiredKeys = (schema.required ?? []).filter((name) => name in (schema.properties ?? {}));
  return fc.record(Object.fromEntries(fields), { requiredKeys, noNullPrototype: true });
}
