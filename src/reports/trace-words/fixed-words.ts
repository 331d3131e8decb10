import type { HopTexts } from './hop-texts.ts';

/** The keys whose values are words as they stand, not sentences to be filled in. */
type FixedKey<Part> = {
  [Key in keyof Part]: Part[Key] extends (...values: never[]) => string ? never : Key;
}[keyof Part];

/** Of every part of a trace's texts, the words into which nothing is put. */
export type FixedWords = {
  readonly [Part in Exclude<keyof HopTexts, 'language' | 'money'>]: Pick<
    HopTexts[Part],
    FixedKey<HopTexts[Part]>
  >;
};
