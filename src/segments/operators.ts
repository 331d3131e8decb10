import type { FieldType, Label, SegmentField } from './field.ts';
import type { Operator } from './filter.ts';

const VALUES: readonly Operator[] = ['is', 'is_not', 'in', 'not_in'];
const PRESENCE: readonly Operator[] = ['is_set', 'is_not_set'];
const TEXT: readonly Operator[] = ['contains', 'not_contains', 'starts_with'];
const SIZE: readonly Operator[] = [
  'is',
  'is_not',
  'at_least',
  'at_most',
  'more_than',
  'less_than',
  'between',
];
const MOMENT: readonly Operator[] = [
  'on',
  'on_or_after',
  'before',
  'between',
  'in_last_days',
  'not_in_last_days',
];

const BY_TYPE: Readonly<Record<FieldType, readonly Operator[]>> = {
  text: [...VALUES, ...TEXT],
  choice: VALUES,
  id: VALUES,
  flag: ['is'],
  number: SIZE,
  money: SIZE,
  time: MOMENT,
};

/** The operators that a field takes, in the order in which a screen offers them. */
export function listOperators({ type, isAlwaysSet }: SegmentField): readonly Operator[] {
  return isAlwaysSet ? BY_TYPE[type] : [...BY_TYPE[type], ...PRESENCE];
}

/** What an operator is called. */
export const OPERATOR_LABELS: Readonly<Record<Operator, Label>> = {
  is: { en: 'is', pt: 'é' },
  is_not: { en: 'is not', pt: 'não é' },
  in: { en: 'is one of', pt: 'é um de' },
  not_in: { en: 'is none of', pt: 'não é nenhum de' },
  contains: { en: 'contains', pt: 'contém' },
  not_contains: { en: 'does not contain', pt: 'não contém' },
  starts_with: { en: 'starts with', pt: 'começa com' },
  at_least: { en: 'at least', pt: 'pelo menos' },
  at_most: { en: 'at most', pt: 'no máximo' },
  more_than: { en: 'more than', pt: 'mais de' },
  less_than: { en: 'less than', pt: 'menos de' },
  between: { en: 'between', pt: 'entre' },
  on: { en: 'on the day', pt: 'no dia' },
  on_or_after: { en: 'on or after', pt: 'a partir de' },
  before: { en: 'before', pt: 'antes de' },
  in_last_days: { en: 'in the last days', pt: 'nos últimos dias' },
  not_in_last_days: { en: 'not in the last days', pt: 'fora dos últimos dias' },
  is_set: { en: 'is known', pt: 'está preenchido' },
  is_not_set: { en: 'is not known', pt: 'não está preenchido' },
};
